import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/**
 * Values to frames and back. Both functions are synchronous and may throw: what `decode` throws is a `socketError` with the error's
 * own `code`, else `invalid_frame`; what `encode` throws is one with `encode_failed`, and the send is dropped as `invalid`.
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
