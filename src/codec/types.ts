import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/**
 * Values to frames and back. Both functions are synchronous and may throw: an error's `code` and `message` are what the
 * `socketError` (or the refused send) then carries.
 */
export interface Codec<Send = unknown, Receive = unknown> {
  /** A value to one message. */
  readonly encode: (value: Send) => Frame
  /** One message to a value. */
  readonly decode: (frame: ReceivedFrame) => Receive
  /**
   * True where any text at all is a valid message, so that a bare `ping` may be data: the `ping` option is then off
   * unless it is given.
   * @default false
   */
  readonly plainText?: boolean
}
