import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/**
 * Values to frames and back. Both functions may throw or reject: what comes of `decode` is a `socketError` with the error's own
 * `code`, else `invalid_frame`; what comes of `encode` is one with `encode_failed`, and the send is dropped as `invalid`.
 */
export interface Codec<Send = unknown, Receive = unknown, Sent extends Frame = Frame> {
  /** A value to one message. May be async (compression, a Blob's bytes): the order is kept, later sends wait for it. */
  encode(this: void, value: Send): Sent | Promise<Sent>
  /** One message to a value. May be async: the order is kept, later messages wait for it. */
  decode(this: void, frame: ReceivedFrame): Receive | Promise<Receive>
  /**
   * How received bytes are handed to `decode`.
   * @default 'arraybuffer'
   */
  readonly binaryType?: 'arraybuffer' | 'blob'
  /** Named to the server when several codecs are on offer (`codec: [msgpack(), json()]`); the one it picks is used. */
  readonly subprotocol?: string
  /**
   * True where any text at all is a valid message, so that a bare `ping` may be data: the `ping` option is then off
   * unless it is given.
   * @default false
   */
  readonly plainText?: boolean
  /**
   * True where what `decode` makes of a text frame is always plain data (no Date, Map, BigInt, bytes), so that nobody needs to look.
   * @default false
   */
  readonly isPlain?: boolean
}
