import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/** How a shared connection ended, as the `close` event of each tab reports it. */
export interface SharedEnd {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  /** What the `error` event before the `close` event says; without it there is no such event. */
  readonly error?: string | undefined
}

/** Bytes by the id of the tab that sent them: all that it had given to the connection. Only of tabs for which the count is new. */
export type BytesByTab = Readonly<Record<string, number>>

/**
 * What tabs tell each other. `epoch` names one real connection; newer ones have greater numbers. A tab ignores notes of other connections.
 *
 * | note | from → to | meaning |
 * |---|---|---|
 * | `hello` | any → holder | a tab joins, or asks whether the holder is still there |
 * | `state` | holder → all | the connection, and whether other tabs may use it |
 * | `data` | holder → all | a message of the server |
 * | `send` | follower → holder | a message to the server, its size, and all that the tab has given up to there, in bytes |
 * | `sent` | holder → all | how many bytes of each tab the socket has passed on, and how many have arrived |
 * | `closing` | holder → all | the server has closed the connection; `close` follows |
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
      readonly sentBytes: number
      readonly data: Frame
    }
  | { readonly t: 'sent'; readonly epoch: number; readonly passed: BytesByTab; readonly confirmed: BytesByTab }
  | { readonly t: 'closing' | 'kill'; readonly epoch: number }
  | { readonly t: 'leave'; readonly code: number | undefined; readonly reason: string | undefined }
  | { readonly t: 'echo'; readonly from: string }
  | ({ readonly t: 'close'; readonly epoch: number } & SharedEnd)

/** Begins the names of channels and locks. Another number where notes change: pages with two versions of an app cannot share a connection. */
export const PREFIX = 'reduplex.tabs.1'

/** The reason of a close after which another tab opens a connection at once. */
export const HANDOVER = 'handover'

/** The connection is gone without a close frame; another tab opens the next one. */
export const holderGone: SharedEnd = { code: 1006, reason: HANDOVER, wasClean: false }

/** The connection has failed. */
export const failed: SharedEnd = { code: 1006, reason: '', wasClean: false, error: '' }

/** This tab gives the connection up; another tab opens the next one. */
export const handedOver: SharedEnd = { code: 1001, reason: HANDOVER, wasClean: true }
