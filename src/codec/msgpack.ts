import { Decoder, Encoder, encodeTimeSpecToTimestamp, ExtData, EXT_TIMESTAMP } from '@msgpack/msgpack' // optional, install it with: npm install @msgpack/msgpack
import { codedError, messageOf } from '../internal/errors.js'
import { toMaxDepth } from './containers.js'
import { createMsgpackScan } from './msgpackScan.js'
import { createOutgoing } from './outgoing.js'
import type { Codec } from './types.js'

export type { Codec } from './types.js'

/** What `msgpack()` can be told. */
export interface MsgpackOptions {
  /**
   * How many arrays and maps may stand inside each other, both ways: 1 to 1000.
   * @default 500
   */
  readonly maxDepth?: number
  /**
   * See `Codec.subprotocol`.
   * @default 'msgpack'
   */
  readonly subprotocol?: string
}

/** An encoder keeps its buffer, which has grown to twice its largest message: one that has met a larger message than this is let go. */
const keptBytes = 65_536

const outgoing = (maxDepth: number) =>
  createOutgoing({
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
        __DEV__ ? 'msgpack() takes a BigInt from -2^63 to 2^64 - 1: send it as text or as bytes.' : '',
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
 * | value | on the wire | comes back as |
 * | --- | --- | --- |
 * | null, booleans, strings, arrays | themselves; a lone surrogate as U+FFFD | themselves |
 * | `undefined` | nil; a property that is undefined is left out, as in JSON | `null` |
 * | a safe integer | an integer; -0 as 0 | a number |
 * | any other number | float 64; float 32 is read | a number |
 * | BigInt, from -2^63 to 2^64 - 1 | an integer of 64 bits | a number where that is exact, else a BigInt |
 * | `Uint8Array`, Node Buffer, `ArrayBuffer`, any view | bin: its bytes as they lie in memory | `Uint8Array`, a view of the frame |
 * | `Date` | a timestamp (ext -1) | `Date`, to the millisecond |
 * | objects with `toJSON` (a Date apart) | what that gives | what that is |
 * | other objects, of a class too | a map of their own enumerable properties | a plain object; integers as keys become names |
 *
 * A `Map`, a `Set` (the format has neither), a function, a symbol, a Blob, an invalid Date, a cycle or a key `__proto__` is a TypeError,
 * and so `encode_failed`.
 *
 * Receiving: a text frame is a `socketError` with the code `unsupported_frame`. Whatever is not one whole value of these kinds is one with
 * `invalid_frame`: truncated or trailing bytes, lengths beyond the frame, a nesting over `maxDepth`, other ext types, malformed UTF-8, keys
 * other than texts and integers, and the keys `__proto__` and `constructor.prototype`. Of a key that comes twice the last counts.
 *
 * Needs the package @msgpack/msgpack (a dependency of this one).
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
  const prepare = outgoing(maxDepth)
  const scan = createMsgpackScan(maxDepth)
  return {
    encode: (value) => {
      // Its own copy of the encoder's buffer.
      const bytes = encoder.encode(prepare(value))
      if (bytes.length > keptBytes) encoder = createEncoder()
      return bytes
    },
    decode: (frame) => {
      const { bytes, hasBigInts } = scan(frame)
      try {
        return (hasBigInts ? withBigInts : withNumbers).decode(bytes) as Receive
      } catch (error) {
        // Nothing known gets here.
        throw codedError(
          'invalid_frame',
          __DEV__ ? `Expected one MessagePack value, got what the decoder refuses: ${messageOf(error)}` : '',
        )
      }
    },
    subprotocol,
  }
}
