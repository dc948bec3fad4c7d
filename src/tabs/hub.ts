import type { ReceivedFrame } from '../internal/bytes.js'
import type { Cancel } from '../internal/clock.js'
import type { PageEvent, PlatformSocket, TabPlatform } from '../internal/environment.js'
import type { Note, SharedEnd } from './notes.js'

/** What a hub needs of a socket that the app sees. */
export interface Port {
  readonly opened: () => void
  readonly deliver: (data: ReceivedFrame) => void
  /** Its tab leaves the connection, which may go on for others: sends the last frames. */
  readonly sendLast: () => void
  /** The connection takes nothing more; `closed` follows. */
  readonly closing: () => void
  readonly closed: (end: SharedEnd) => void
}

/** The options of a shared socket, complete. */
export interface HubOptions {
  readonly WebSocket: new (url: string, protocols: string[]) => PlatformSocket
  readonly patience: number
  /** Whether other tabs may use the connection only after `ready()`. */
  readonly waitsForReady: boolean
}

/** What the shared sockets of one page have in common. */
export interface Tab {
  /** Random: names the tab in notes. */
  readonly id: string
  readonly platform: TabPlatform
  /** The hubs that are in use, by key. */
  readonly hubs: Map<string, Hub>
  /** The newest connection that this tab knows of, by key. */
  readonly newest: Map<string, number>
  /** Channels on which connections that wait for a retry listen, and sessions. They are closed when the page falls asleep, before its hubs end. */
  readonly watches: Set<{ readonly close: (event?: PageEvent) => void }>
  /** Whether the page is frozen or in the back-forward cache: then it neither holds a lock nor waits for one. */
  isAsleep: boolean
  /** Run when the page wakes up. */
  onAwake: (() => void)[]
}

/**
 * One tab's end of one shared connection. It is used for one connection only: when that ends, all ports of the hub get `close`, and the app creates new ones.
 *
 * ```
 * waiting ─lock granted→ holding ─closed, page sleeps, lock taken, kill→ over
 * waiting ─`state` received→ following ─`close` received, lock granted (the holder is gone), no port left→ over
 * ```
 */
export interface Hub {
  readonly tab: Tab
  readonly key: string
  readonly url: string
  readonly protocols: string[]
  readonly options: HubOptions
  readonly channel: BroadcastChannel
  /** Ends the request for the lock. */
  readonly abort: AbortController
  /** Runs a task right after the one under way. Timers of hidden pages are late. */
  readonly nextTask: MessageChannel
  /** In the order of joining. The first one is the one that performs the handshake and answers the server, if this tab is the holder. */
  readonly ports: Set<Port>
  state: 'waiting' | 'following' | 'holding' | 'over'
  /** Whether the ports of all tabs may use the connection. */
  isOpen: boolean
  protocol: string
  extensions: string
  /** 0 until it is known. */
  epoch: number
  /** When the holder gave a sign of life, in milliseconds of a clock that is never set back. */
  lastSignAt: number
  /** Of the watch over the holder or, as the holder, of the look at the backlog. */
  cancelTimer: Cancel
  /** Lets the promise of the lock settle. */
  release: () => void
  /** Called when an `echo` of this tab has come back. */
  onEcho: () => void
  /** As the holder, when the last socket of this tab is closed: settles when it is known whether other tabs use the connection. */
  leaving?: Promise<void> | undefined
  /** Of this tab: what it has sent; as a follower, what the real socket has passed on; what is known to have arrived. */
  sentBytes: number
  passedBytes: number
  confirmedBytes: number
  /** As the holder: the real socket, and the bytes that it was given. */
  socket?: PlatformSocket
  writtenBytes: number
  /** As the holder: sends of other tabs that the real socket has not passed on. `sentBytes` counts those of that tab up to there, `end` those of all tabs. */
  readonly queue: { readonly from: string; readonly sentBytes: number; readonly end: number }[]
  /** As the holder: what each tab has sent and is not confirmed yet, as far as no question of the heartbeat asks for it. */
  unconfirmed: Record<string, number>
  /** Whether a timer looks after the backlog. */
  isPolling: boolean
}

/** Posts a note on a channel. */
export const postOn = (channel: BroadcastChannel, note: Note): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
  channel.postMessage(note)

/** Tells the other tabs. */
export const postNote = ({ channel, state }: Hub, note: Note): void => {
  if (state !== 'over') postOn(channel, note)
}

/** Tells the other tabs about the connection. */
export const postState = (hub: Hub): void => {
  const { epoch, extensions, isOpen, protocol } = hub
  postNote(hub, { t: 'state', epoch, open: isOpen, protocol, extensions })
}

/** A message of the server. Each port has bytes of its own. */
export const deliver = ({ ports }: Hub, data: ReceivedFrame): void => {
  for (const port of ports) port.deliver(typeof data === 'string' || ports.size < 2 ? data : data.slice(0))
}

/** The server has closed the connection. A port that is created now waits for the next one. */
export const closePorts = (hub: Hub): void => {
  hub.isOpen = false
  for (const port of hub.ports) port.closing()
}

/** The connection may be used by all ports of this tab. */
export const openPorts = (hub: Hub): void => {
  hub.isOpen = true
  for (const port of hub.ports) port.opened()
}

/** As the holder: the connection may be used by all tabs. */
export const shareConnection = (hub: Hub): void => {
  if (hub.state !== 'holding' || hub.isOpen) return
  openPorts(hub)
  postState(hub)
}
