import type { SocketState } from '../state/socketState.js'
import type { Phase } from '../connection/lifecycle.js'

/** What a row of the log is about. */
export type RowKind = 'sent' | 'received' | 'event'

/** How serious a row is. It decides the colour. */
export type Severity = 'info' | 'good' | 'warning' | 'error'

/** One row of the log. */
export interface LogRow {
  /** Counts up from 0 for each connection. */
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** A message in one of the two directions, or an event of the connection. */
  readonly kind: RowKind
  /** The action type of an event; empty for messages. */
  readonly title: string
  /** JSON or another text, at most 10,000 characters, without secrets. */
  readonly body: string
  /** The length of a message on the wire, in bytes; `null` for an event, and for a message that was never encoded. */
  readonly bytes: number | null
  /** How serious it is. */
  readonly severity: Severity
  /** Only for sent messages. `acknowledged`: the server has handled it, which it says where the connection has a session. */
  readonly delivery?: 'sent' | 'queued' | 'acknowledged' | 'dropped'
  /** Why a message was dropped. */
  readonly reason?: string
  /** The id of a sent message. */
  readonly messageId?: string
}

/** The traffic of one second. */
export interface SecondCounts {
  /** The start of the second, in milliseconds since the epoch. */
  readonly at: number
  /** Received messages. */
  received: number
  /** The bytes of received messages. */
  receivedBytes: number
  /** Sent messages. */
  sent: number
  /** The bytes of sent messages. */
  sentBytes: number
  /** Dropped sends. */
  dropped: number
  /** The last round trip of the heartbeat, in milliseconds; `null` when it is not known. */
  latency: number | null
  /** The largest number of sends that waited. */
  queued: number
}

/** A connection enters a phase. */
export interface PhaseChange {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The phase from then on. */
  readonly phase: Phase
}

/** A moment on the timeline. */
export interface TimelineMark {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** An attempt to connect, the end of a socket, an error, or dropped sends. */
  readonly kind: 'attempt' | 'close' | 'error' | 'drop'
  /** The number of the retry, the close code, the code of the error, or the number of sends. */
  readonly label: string
  /** How serious it is. */
  readonly severity: Severity
}

/** A change of the connection's entry in the store. Only the members that changed. */
export interface StateChange {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The values before. */
  readonly before: Partial<SocketState>
  /** The values after. */
  readonly after: Partial<SocketState>
}

/** Everything that was recorded of one connection, the oldest first. Plain data. */
export interface ConnectionRecording {
  /** The connection's name. */
  readonly name: string
  /** The newest rows. */
  readonly rows: readonly LogRow[]
  /** How many rows were recorded, those that were discarded included. */
  readonly total: number
  /** The seconds that had traffic or a change of the queue or the latency. */
  readonly seconds: readonly SecondCounts[]
  /** The phases. */
  readonly phases: readonly PhaseChange[]
  /** The moments of the timeline. */
  readonly marks: readonly TimelineMark[]
  /** The changes of the state. */
  readonly changes: readonly StateChange[]
  /** The state after the last change; `null` before the first one. */
  readonly state: SocketState | null
}

/** The JSON that the export button saves. */
export interface SocketRecording {
  /** Always `reduplex-recording`. */
  readonly format: 'reduplex-recording'
  /** The version of the format. */
  readonly version: 1
  /** When it was saved, in milliseconds since the epoch. */
  readonly savedAt: number
  /** One recording for each connection. */
  readonly connections: readonly ConnectionRecording[]
}
