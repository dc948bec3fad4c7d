import type { Frame } from '../internal/bytes.js'

/** Whether the session of the connection goes on. `none`: the server has no sessions. */
export type SessionVerdict = 'none' | 'new' | 'resumed' | 'lost'

/** A frame that has a number and is not acknowledged. */
export interface NumberedFrame {
  /** The id of the send; `undefined` for a frame of a protocol, which no send of the app stands for. */
  readonly id: string | undefined
  /** The very bytes, which are sent again after a resume. */
  readonly frame: Frame
}

/** What outlives a socket. */
export interface SessionState {
  /** The secret that opens the session; `undefined` without a session. */
  key: string | undefined
  /** The subprotocol of the codec of the frames; empty for the codec without one. `undefined` before the first session. */
  codec: string | undefined
  /** How often the session was asked for. */
  turn: number
  /** The highest number that was given. */
  sent: number
  /** The highest number that the server has acknowledged. */
  acked: number
  /** The number of frames of the server that were passed to the store. */
  received: number
  /** The frames from `acked + 1` to `sent`. */
  unacked: NumberedFrame[]
  /** The page that had the session is gone: the next `hello` ends it. */
  isLeftOver: boolean
}

/** What is known of the present socket. */
export interface SessionCounters {
  /** The highest number that this socket was given, or that the server has. */
  cursor: number
  /** The length of `unacked` in bytes. */
  bytes: number
  /** What came since the last acknowledgement: frames and bytes. */
  untold: number
  untoldBytes: number
}

/** The state without a session. */
export const noSession = (): SessionState & SessionCounters => ({
  key: undefined,
  codec: undefined,
  turn: 0,
  sent: 0,
  acked: 0,
  received: 0,
  unacked: [],
  isLeftOver: false,
  cursor: 0,
  bytes: 0,
  untold: 0,
  untoldBytes: 0,
})
