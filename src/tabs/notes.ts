import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/** How a shared connection ended, as the `close` event of each tab reports it. */
export interface SharedEnd {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  /** Whether an `error` event comes before the `close` event. */
  readonly error?: boolean
}

/** Bytes by the id of the tab that sent them, in total. */
export type BytesByTab = Readonly<Record<string, number>>

/**
 * What tabs tell each other. `epoch` names one real connection; newer ones have greater numbers. A tab ignores notes of other connections.
 *
 * | note | from → to | meaning |
 * |---|---|---|
 * | `hello` | any → holder | a tab joins, or asks whether the holder is still there |
 * | `state` | holder → all | the connection, and whether other tabs may use it |
 * | `data` | holder → all | a message of the server |
 * | `send` | follower → holder | a message to the server, and its size in bytes |
 * | `sent` | holder → all | how many bytes of each tab the socket has passed on, and how many have arrived |
 * | `kill` | follower → holder | the connection is dead |
 * | `leave` | follower → holder | the tab does not use the connection any more |
 * | `close` | holder, or the first in line for the lock → all | the connection has ended |
 * | `echo` | a tab → itself | all earlier notes have arrived |
 */
export type Note =
  | { readonly t: 'hello' }
  | {
      readonly t: 'state'
      readonly epoch: number
      readonly open: boolean
      readonly protocol: string
      readonly extensions: string
    }
  | { readonly t: 'data'; readonly epoch: number; readonly data: ReceivedFrame }
  | {
      readonly t: 'send'
      readonly epoch: number
      readonly from: string
      readonly size: number
      readonly data: Frame
    }
  | { readonly t: 'sent'; readonly epoch: number; readonly passed: BytesByTab; readonly proven: BytesByTab }
  | { readonly t: 'kill'; readonly epoch: number }
  | { readonly t: 'leave'; readonly code: number | undefined; readonly reason: string | undefined }
  | { readonly t: 'echo'; readonly from: string }
  | ({ readonly t: 'close'; readonly epoch: number } & SharedEnd)

/** The reason of a close after which another tab opens a connection at once. */
export const HANDOVER = 'handover'

/** The connection is gone without a close frame; another tab opens the next one. */
export const taken: SharedEnd = { code: 1006, reason: HANDOVER, wasClean: false }

/** This tab gives the connection up; another tab opens the next one. */
export const handedOver: SharedEnd = { code: 1001, reason: HANDOVER, wasClean: true }
