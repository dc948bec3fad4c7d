import type { Phase } from '../connection/lifecycle.js'
import type { CloseInfo } from '../connection/types.js'
import type { SerializedSocketError } from '../internal/errors.js'

/** What the store knows of one connection. Times are milliseconds since the epoch. */
export interface SocketState {
  /** What the connection is doing. */
  readonly status: Phase
  /** What it connects to, without the query and credentials; `null` before the first attempt. */
  readonly url: string | null
  /** The subprotocol that the server chose; empty without one. */
  readonly protocol: string
  /** The number of the retry under way or waited for; 0 for a first attempt and while open. */
  readonly attempt: number
  /** When the next attempt is due, in milliseconds since the epoch; `null` when none is. */
  readonly retryAt: number | null
  /** Since when the connection is ready, in milliseconds since the epoch; `null` when it is not. */
  readonly openedAt: number | null
  /**
   * When the connection was lost, or could not be established, in milliseconds since the epoch; kept over all attempts. `null` while it is open, before the
   * first attempt has ended, and once it is closed.
   */
  readonly lostAt: number | null
  /** How the last socket ended. */
  readonly lastClose: CloseInfo | null
  /** The last problem since the connection was open, or while it is. */
  readonly error: Pick<SerializedSocketError, 'code' | 'message'> | null
  /** How many sends wait. */
  readonly queued: number
  /** Bytes that were sent and are still in the socket's buffer. */
  readonly buffered: number
  /** Whether the peer reads more slowly than the app sends, so that sends wait. */
  readonly congested: boolean
  /** The last round trip of the heartbeat, in milliseconds. */
  readonly latency: number | null
}

/** One entry for each connection, by name. */
export type SocketsState = Readonly<Record<string, SocketState>>
