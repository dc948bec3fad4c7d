// Before the package, which needs what this lends.
import { returnTextCoding } from './textCoding.js'
import { Decoder, Encoder, encodeTimeSpecToTimestamp, ExtData, EXT_TIMESTAMP } from '@msgpack/msgpack' // optional, install it with: npm install @msgpack/msgpack
import { codedError, messageOf } from '../internal/errors.js'
import { toMaxDepth } from './containers.js'
import { createMsgpackScan } from './msgpackScan.js'
import { toEncodable, type ValueFormat } from './encodable.js'
import type { Codec } from './types.js'

export type { Codec } from './types.js'

returnTextCoding()

/** The options of `msgpack()`. */
export interface MsgpackOptions {
  /**
   * The most levels of nested arrays and maps, for sending and receiving: 1 to 1000.
   * @default 500
   */
  readonly maxDepth?: number
  /**
   * The name in the negotiation of several codecs (`Codec.subprotocol`).
   * @default 'msgpack'
   */
  readonly subprotocol?: string
}

/** An encoder keeps a buffer of twice its largest message. After a larger message than this the encoder is replaced. */
const MAX_KEPT_BYTES = 65_536

const msgpackFormat = (maxDepth: number): ValueFormat => ({
  name: 'msgpack()',
  maxDepth,
  date: (time) => {
    const sec = Math.floor(time / 1000)
    return new ExtData(EXT_TIMESTAMP, encodeTimeSpecToTimestamp({ sec, nsec: (time - sec * 1000) * 1_000_000 }))
  },
  view: (bytes) => bytes,
  bigint: (value) => {
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return value
    throw new TypeError(
      __DEV__ ? 'msgpack() cannot carry a BigInt below -2^63 or above 2^64 - 1: send it as text or as bytes.' : '',
    )
  },
  map: () => {
    throw new TypeError(
      __DEV__ ? 'msgpack() cannot carry a Map: send Object.fromEntries(map), or its entries as an array.' : '',
    )
  },
  set: () => {
    throw new TypeError(__DEV__ ? 'msgpack() cannot carry a Set: send an array.' : '')
  },
})

/**
 * MessagePack in binary frames (msgpack.org, the specification of 2017-08-09), one value a frame.
 *
 * | value | on the wire | received as |
 * | --- | --- | --- |
 * | null, booleans, strings, arrays | the same; a lone surrogate as U+FFFD | the same |
 * | `undefined` | nil; a property that is undefined is left out, as in JSON | `null` |
 * | a safe integer | an integer; -0 as 0 | a number |
 * | any other number | float 64; float 32 is read | a number |
 * | BigInt, from -2^63 to 2^64 - 1 | an integer of 64 bits | a number if it is a safe integer, else a BigInt |
 * | `Uint8Array`, Node Buffer, `ArrayBuffer`, any view | bin: the bytes in the order of memory | `Uint8Array`, a view of the frame |
 * | `Date` | a timestamp (ext -1) | `Date`, exact to the millisecond |
 * | objects with `toJSON`, except dates | what `toJSON` returns | the received form of that |
 * | other objects, also instances of a class | a map of their own enumerable properties | a plain object; integer keys become names |
 *
 * `encode` throws a TypeError (reported as `encode_failed`) for a `Map` and a `Set` (the format has neither), a function, a symbol, a Blob,
 * an invalid Date, a cycle and a key `__proto__`.
 *
 * `decode` throws `unsupported_frame` for a text frame, and `invalid_frame` for a frame that is not one value of these types: truncated or
 * trailing bytes, lengths beyond the frame, more than `maxDepth` levels, other ext types, malformed UTF-8, keys other than texts and
 * integers, and the keys `__proto__` and `constructor.prototype`. If a key occurs twice, the last one counts.
 *
 * Needs the package `@msgpack/msgpack` (`npm install @msgpack/msgpack`). Without it this module throws `missing_dependency` in Node, and
 * bundlers report the import. See docs/codecs.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: msgpack() })
 */
export const msgpack = <Send = unknown, Receive = unknown>(
  options: MsgpackOptions = {},
): Codec<Send, Receive, Uint8Array> => {
  const { subprotocol = 'msgpack' } = options
  const maxDepth = toMaxDepth('msgpack()', options.maxDepth)
  const createEncoder = () => new Encoder({ useBigInt64: true, ignoreUndefined: true, maxDepth: maxDepth + 1 })
  let encoder = createEncoder()
  const withNumbers = new Decoder()
  const withBigInts = new Decoder({
    useBigInt64: true,
    mapKeyConverter: (key) => (typeof key === 'bigint' ? String(key) : (key as string)),
  })
  const format = msgpackFormat(maxDepth)
  const scan = createMsgpackScan(maxDepth)
  return {
    encode: (value) => {
      // The encoder returns a copy of its buffer.
      const bytes = encoder.encode(toEncodable(format, value))
      if (bytes.length > MAX_KEPT_BYTES) encoder = createEncoder()
      return bytes
    },
    decode: (frame) => {
      const { bytes, hasBigInts } = scan(frame)
      try {
        return (hasBigInts ? withBigInts : withNumbers).decode(bytes) as Receive
      } catch (error) {
        // The scan leaves nothing known for the decoder to refuse.
        throw codedError(
          'invalid_frame',
          __DEV__ ? `Expected one MessagePack value, got a frame that the decoder refuses: ${messageOf(error)}` : '',
        )
      }
    },
    subprotocol,
  }
}
