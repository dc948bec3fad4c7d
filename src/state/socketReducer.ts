import { isSocketAction } from '../actions/creators.js'
import { commandVerbs } from '../actions/verbs.js'
import { transition, type LifecycleEvent } from '../connection/lifecycle.js'
import type { SocketEvents } from '../connection/types.js'
import { warn } from '../internal/environment.js'
import type { SocketsState, SocketState } from './socketState.js'

const noSocket = {
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  buffered: 0,
  congested: false,
  latency: null,
}

/** The entry of a connection that has done nothing yet. */
export const idleSocket: SocketState = {
  status: 'idle',
  url: null,
  lastClose: null,
  error: null,
  queued: 0,
  lostAt: null,
  ...noSocket,
}

/** The payloads of all events; each verb reads those of its own. */
type AnyPayload = SocketEvents['connecting'] &
  SocketEvents['opened'] &
  SocketEvents['error'] &
  SocketEvents['closed'] &
  SocketEvents['reconnecting']

/** The entry after an event or a command of the connection. Other verbs change nothing. */
export const reduceSocket = (entry: SocketState, verb: string, event: AnyPayload): SocketState => {
  // Only a wait for a retry has a time.
  const to = (lifecycleEvent: LifecycleEvent, change?: Partial<SocketState>): SocketState => ({
    ...entry,
    retryAt: null,
    ...change,
    status: transition(entry.status, lifecycleEvent),
  })
  // Some commands have no payload.
  const { attempt, url, at, retryAt, code, message } = (event as AnyPayload | undefined) ?? ({} as AnyPayload)
  const lostAt = entry.lostAt ?? at
  switch (verb) {
    case 'connect':
    case 'reconnect':
      return to('connect', { attempt: transition(entry.status, 'connect') === entry.status ? entry.attempt : 0 })
    case 'close':
      return to(verb)
    case 'connecting':
      return to('attempt', { attempt, url })
    case 'opened':
      return to('open', { url, protocol: event.protocol, openedAt: at, attempt: 0, error: null, lostAt: null })
    case 'error':
      return { ...entry, error: { code, message } }
    case 'closed': {
      const { next, ...close } = event as SocketEvents['closed']
      // A close during a wait says nothing about the network: keep what was known.
      const lastClose = (close.cause === 'abandoned' && next === 'closed' && entry.lastClose) || close
      return to(next, { ...noSocket, lastClose, lostAt: next === 'closed' ? null : lostAt })
    }
    case 'reconnecting':
      return to(verb, { attempt, retryAt, lostAt })
    case 'failed':
      return to(verb, { error: { code, message }, lostAt })
    case 'changed':
      return { ...entry, ...(event as Partial<SocketState>) }
    default:
      return entry
  }
}

interface ConnectionMeta {
  readonly socket?: string
  readonly delivery?: string
  /** The code of a command that carries it. */
  readonly run?: unknown
  /** Values of the entry, whatever the verb. */
  readonly state?: object
}

/** The state before the first action of a connection. */
export const noSockets: SocketsState = {}

/** The reducer of all connections. Mount it under any key; the selectors expect `socket`. See docs/state.md. */
export const socketReducer = (sockets: SocketsState = noSockets, action: unknown): SocketsState => {
  const meta = (action as { readonly meta?: ConnectionMeta } | null | undefined)?.meta
  if (meta?.socket === undefined) return sockets
  const { socket, delivery, run, state } = meta
  // Nearly all actions of a connection are messages and sends, which change nothing.
  const { type: given } = action as { readonly type?: { readonly endsWith?: (end: string) => boolean } }
  if (!state && ((delivery && delivery !== 'handled') || given?.endsWith?.('/message'))) return sockets
  if (!isSocketAction(action)) return sockets
  const { payload, type } = action
  const verb = type.slice(type.lastIndexOf('/') + 1)
  // A command without this mark was carried out by no middleware.
  if (__DEV__ && !delivery && (run || (commandVerbs as readonly string[]).includes(verb))) {
    warn(
      `reduplex: "${type}" reached the reducer, but no middleware of that connection carried it out. Add the middleware to the store.`,
    )
  }
  if (!delivery && /^((re)?connect|close)$/.test(verb)) return sockets
  const before = sockets[socket] ?? idleSocket
  const changed = reduceSocket(before, verb, payload as never)
  const after = state ? { ...changed, ...state } : changed
  return after === before ? sockets : { ...sockets, [socket]: after }
}
