import type { Frame, ReceivedFrame } from '../../internal/bytes.js'
import type { Cancel } from '../../internal/clock.js'
import type { PageEvent } from '../../internal/environment.js'
import type { Hello, WelcomeNew } from '../../internal/sessionFrames.js'
import type { Pacer } from '../../features/pacer.js'
import type { Hub, Tab } from '../hub.js'
import type { SharedSocket } from '../SharedSocket.js'

// One session at the server for all tabs of one shared connection. Numbers are those of the session: of the frames that all tabs have sent, and of the
// frames of the server. To the session of its own store each tab is the server: it numbers for itself, from its own first frame on (the local number).
//
// A frame of a store:  SharedSocket.send → forwardFrame (member.ts) → note `send` to the holder → link.enqueue (sessionLink.ts), which gives it its number
//                      → note `number` → applyNumber (sharedState.ts) in every tab → real socket.
// Its acknowledgement: real socket → handleFrame (sessionLink.ts) → note `ack` → applyAck in every tab → `ack` to the store, with its local number.
// A frame of the server: real socket → handleFrame → note `data` → applyData in every tab → bufferFrame (member.ts) → SharedSocket.deliver → store.
// A new connection:    `hello` of the first store → openLink → notes of the former holder are awaited → `hello` to the server → its `welcome` → note `state`
//                      → applyState in every tab → answerHello (member.ts) → `welcome` to the store.

/** The start of one connection: its epoch, how many frames the server had taken, and whether it still had subscriptions and requests. */
export type ConnectionStart = readonly [epoch: number, taken: number, isKept: boolean]

/** What every tab knows of the session. */
export interface SharedState {
  /** The secret that opens it; empty without a session. */
  readonly key: string
  /** The connection whose numbers count. */
  readonly epoch: number
  readonly turn: number
  /** How many frames of the server were passed to the tabs. */
  readonly received: number
  /** The highest number that a frame of a tab was given, and the highest that the server has acknowledged. */
  readonly sent: number
  readonly acked: number
  /** The highest number that the server had given at the start of the connection. */
  readonly sentAtStart: number
  /** The connections of this session, the newest last. */
  readonly starts: readonly ConnectionStart[]
  /** What the server has said of itself. */
  readonly welcome: Pick<WelcomeNew, 'id' | 'ttl' | 'window' | 'maxPayload'>
  /** The session before this one, and how many of its frames were handled. */
  readonly ended?: { readonly key: string; readonly acked: number } | undefined
}

/** What a tab has at the server beside messages. */
export interface Leftovers {
  /** The frames that end it. */
  readonly frames: readonly Frame[]
  /** The page sleeps: it may come back and go on. */
  sleeps: boolean
}

/**
 * What tabs tell each other of the session. A number is told before its frame is written, a frame of the server before it is acknowledged, and a turn
 * before it is used: so the next holder knows all that the server may know.
 *
 * | note | from → to | meaning |
 * |---|---|---|
 * | `hi`, `left` | any → all | a tab listens from now on; it does not any more: its page sleeps (`sleeps`), is left (`false`), or does not use the session |
 * | `leftovers` | any → all | the frames that end what the server does for this tab, or did for a store that does not use the session any more |
 * | the same with `sleeps` | holder → all | for a tab that has said `hi`: those of a tab that sleeps |
 * | `ask`, `known` | a holder that has not listened all the time → all → holder | what the others know |
 * | `turn` | holder → all | it asks the server for the session now |
 * | `state` | holder → all | the server has answered; or a tab has said `hi` |
 * | `data` | holder → all | a frame of the server |
 * | `send` | follower → holder | a frame to the server, with its local number |
 * | `number` | holder → all | the number of a frame, right before it is written |
 * | `ack`, `bye` | holder → all | the server has acknowledged; it has ended the session |
 * | `lost` | holder → all | the session was lost |
 * | `echo` | a tab → itself | all earlier notes have arrived |
 */
export type SessionNote =
  | { readonly t: 'hi' | 'ask' | 'echo'; readonly from: string }
  | { readonly t: 'left'; readonly from: string; readonly sleeps: boolean | undefined }
  | {
      readonly t: 'leftovers'
      readonly epoch: number
      readonly from: string
      readonly frames: readonly Frame[]
      readonly sleeps?: boolean
    }
  | {
      readonly t: 'known'
      readonly from: string
      readonly isFresh: boolean
      readonly turn: number
      readonly state: SharedState | undefined
    }
  | { readonly t: 'turn'; readonly key: string; readonly turn: number }
  | { readonly t: 'state'; readonly state: SharedState }
  | { readonly t: 'data'; readonly epoch: number; readonly number: number; readonly data: ReceivedFrame }
  | {
      readonly t: 'send'
      readonly epoch: number
      readonly memberId: string
      readonly localNumber: number
      readonly data: Frame
    }
  | {
      readonly t: 'number'
      readonly epoch: number
      readonly memberId: string
      readonly localNumber: number
      readonly number: number
    }
  | { readonly t: 'ack'; readonly epoch: number; readonly acked: number }
  | { readonly t: 'bye'; readonly epoch: number; readonly received: number; readonly acked: number }
  | { readonly t: 'lost'; readonly epoch: number }

/** A frame of the server that a tab has. */
export interface BufferedFrame {
  readonly data: ReceivedFrame
  /** Whether requests in it are for another store: the one that held the connection when it came. */
  readonly isForeign: boolean
}

/** The session of one store, which this tab answers in place of the server. Its counts are its own. */
export interface Member {
  /** Random, and another one for each session of the store. */
  id: string
  /** The session that it takes part in; empty without one. */
  key: string
  /** How many frames the server had sent before it took part. */
  position: number
  /** The numbers of its frames that have one and are not acknowledged: those from `acked + 1` on. */
  numbers: number[]
  acked: number
  /** The last local number that the store has sent on its present port, and on any. */
  cursor: number
  lastSent: number
  /** It has missed something, or its sends are in doubt. */
  isLost: boolean
  /** Whether the server has had its subscriptions and requests all the time. */
  isKept: boolean
  /** The frames of the server that the store has not acknowledged: those from `storeAcked + 1` on. */
  buffer: BufferedFrame[]
  bytes: number
  storeAcked: number
  delivered: number
  /** `isForeign` of the frames that were passed to the present port and are not read yet. */
  foreign: boolean[]
  /** Where the session is ready. */
  port?: SharedSocket | undefined
  /** A `hello` that waits for its answer. */
  pendingHello?: { readonly port: SharedSocket; readonly hello: Hello } | undefined
  /** Its `bye` waits for its answer. */
  saysBye: boolean
  /** Returns the frames that end what the server does for the store. */
  leftovers?: (() => Frame[]) | undefined
  /** What the other tabs know of them; once it says `bye`, those of that moment. */
  posted: readonly Frame[]
  /** It has sent them itself: the answer to its `bye` says that they have arrived. */
  isClosing: boolean
}

/** Tells when notes have left the page. A page that crashes loses those that have not, while what it has written to its socket arrives. */
export interface NoteConfirmation {
  /** Runs a task once all notes that were posted before have left the page. */
  readonly after: (task: () => void) => void
  readonly close: () => void
}

/** As the holder: the session on the real socket. */
export interface HolderLink {
  readonly hub: Hub
  phase: 'asking' | 'greeting' | 'ready' | 'leaving' | 'over'
  /** The store whose `hello` was the first. */
  readonly member: Member
  readonly ackInterval: number
  /** The last local number of each member that was sent on this connection. */
  readonly lastNumbers: Map<string, number>
  /** Frames that wait for their turn: the server limits the rate. */
  readonly waiting: { readonly memberId: string; readonly localNumber: number; readonly data: Frame }[]
  /** Frames that have a number, and are written once the other tabs are known to learn it. */
  readonly numbered: Frame[]
  isConfirming: boolean
  readonly notes: NoteConfirmation
  pacer?: Pacer | undefined
  /** What came since the last acknowledgement. */
  unackedFrames: number
  unackedBytes: number
  ackDueAt: number
  cancelAck?: Cancel | undefined
  /** Gives a frame its number and writes it, in its turn. */
  readonly enqueue: (memberId: string, localNumber: number, data: Frame) => void
}

/** The session of one shared connection, as one tab knows it. */
export interface SharedSession {
  readonly tab: Tab
  readonly key: string
  /** Names the tab in notes, and its lock: as long as the tab listens, it has that lock. */
  readonly name: string
  readonly members: Set<Member>
  channel?: BroadcastChannel | undefined
  /** Gives the lock back, and ends the wait for those of others. */
  abort?: AbortController | undefined
  /** The tabs whose locks are waited for. */
  readonly watched: Set<string>
  /** Called when the page falls asleep or is left. */
  readonly watch: { readonly close: (event?: PageEvent) => void }
  state?: SharedState | undefined
  /** The last turn that any tab has used. */
  turn: number
  /** Whether it has listened ever since it knew the session. */
  isFresh: boolean
  link?: HolderLink | undefined
  /** Other tabs that listen, as far as this one knows. */
  readonly others: Set<string>
  /** What the other tabs have at the server, by their names. */
  readonly leftovers: Map<string, Leftovers>
  /** The frames that this tab has posted of its own. */
  posted: readonly Frame[]
  cancelPost?: Cancel | undefined
  /** Called when an echo arrives, or the page falls asleep. */
  readonly echoes: Map<string, () => void>
  /** As a holder that asks the others: called with each answer. */
  onAnswer?: ((from: string, isFresh: boolean) => void) | undefined
}

/** Tells the other tabs. */
export const postSession = ({ channel }: SharedSession, note: SessionNote): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
  channel?.postMessage(note)

/** Whether this tab has the session on its connection. */
export const isReady = ({ link }: SharedSession): boolean => link?.phase === 'ready' && link.hub.state === 'holding'
