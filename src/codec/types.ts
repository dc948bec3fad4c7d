import type { Frame, ReceivedFrame } from '../internal/bytes.js'

/**
 * Converts values to frames and frames to values. Both functions may throw or reject. An error of `decode` is reported as a
 * `socketError` with the error's own `code`, or with `invalid_frame` if it has none. An error of `encode` is reported with
 * `encode_failed`, and the send is dropped with the reason `invalid`. A function that returns a promise, and decoded values that are not plain data, need
 * `asyncFeature`.
 *
 * @example
 * const csv: Codec<string[], string[], string> = {
 *   encode: (cells) => cells.join(','),
 *   decode: (frame) => String(frame).split(','),
 *   isPlain: true,
 * }
 */
export interface Codec<Send = unknown, Receive = unknown, Sent extends Frame = Frame> {
  /** Encodes one message. May return a promise (compression, the bytes of a Blob): later sends wait for it, so the order is kept. */
  encode(this: void, value: Send): Sent | Promise<Sent>
  /**
   * Decodes one frame, which is one message (`framed()` makes codecs with several); `undefined` stands for no message, as in a keep-alive. May return a promise: later
   * messages wait for it, so the order is kept.
   */
  decode(this: void, frame: ReceivedFrame): Receive | undefined | Promise<Receive | undefined>
  /**
   * The type in which `decode` gets received bytes.
   * @default 'arraybuffer'
   */
  readonly binaryType?: 'arraybuffer' | 'blob'
  /**
   * The subprotocol that stands for this codec when several are offered to the server (`codecs: [msgpack(), json()]`). The codec whose
   * subprotocol the server selects is used. Not offered for a single `codec`.
   */
  readonly subprotocol?: string
  /**
   * True if any text is a valid message, so that a received `ping` may be data. Pings are then not answered unless the app asks for it.
   * @default false
   */
  readonly plainText?: boolean
  /**
   * True if `decode` makes only plain data of a text frame (no Date, Map, BigInt or bytes). The middleware then does not look for other
   * values in it.
   * @default false
   */
  readonly isPlain?: boolean
  /** The features that the codec needs, which `framed()` sets. */
  readonly feature?: unknown
  /** Returns the codec of one socket, whose `decode` returns an array of messages. `framed()` sets it. */
  readonly perSocket?: () => unknown
}
