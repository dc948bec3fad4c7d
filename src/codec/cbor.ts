import { Encoder, Tag } from 'cbor-x/index-no-eval' // optional, install it with: npm install cbor-x
import { codedError, messageOf } from '../internal/errors.js'
import { createCborScan } from './cborScan.js'
import { toMaxDepth } from './containers.js'
import { toEncodable, type ValueFormat } from './encodable.js'
import type { Codec } from './types.js'

export type { Codec } from './types.js'

/** The options of `cbor()`. */
export interface CborOptions {
  /**
   * The most levels of nested arrays and maps, for sending and receiving: 1 to 1000.
   * @default 500
   */
  readonly maxDepth?: number
  /**
   * The name in the negotiation of several codecs (`Codec.subprotocol`).
   * @default 'cbor'
   */
  readonly subprotocol?: string
}

/** The tags of RFC 8746 for little-endian machines, as all are that run a browser. */
const arrayTags: Readonly<Record<string, number>> = {
  Uint8ClampedArray: 68,
  Uint16Array: 69,
  Uint32Array: 70,
  BigUint64Array: 71,
  Int8Array: 72,
  Int16Array: 77,
  Int32Array: 78,
  BigInt64Array: 79,
  Float32Array: 85,
  Float64Array: 86,
}

const cborFormat = (maxDepth: number): ValueFormat => ({
  name: 'cbor()',
  maxDepth,
  date: (time) => {
    const seconds = time / 1000
    return new Tag(Number.isInteger(seconds) && Math.abs(seconds) > 0x7fff_ffff ? BigInt(seconds) : seconds, 1)
  },
  view: (bytes, type) => (arrayTags[type] ? new Tag(bytes, arrayTags[type]) : bytes),
  bigint: (value) => {
    // Two hex digits are a byte.
    if (value.toString(16).length <= 512) return value
    throw new TypeError(
      __DEV__ ? 'cbor() cannot carry a BigInt of more than 256 bytes: send it as text or as bytes.' : '',
    )
  },
  map: (entries) => new Map(entries),
  set: (items) => new Tag(items, 258),
})

/**
 * CBOR in binary frames (RFC 8949), one value a frame.
 *
 * | value | on the wire | received as |
 * | --- | --- | --- |
 * | null, booleans, strings, arrays | the same; a lone surrogate as U+FFFD | the same |
 * | `undefined` | `undefined` (0xf7), in objects too | `undefined` |
 * | a safe integer | an integer; -0 as 0 | a number |
 * | any other number | float64; the other widths are read | a number |
 * | BigInt, up to 256 bytes | an integer of 64 bits, or a bignum (tags 2 and 3) | a number if it is a safe integer of 64 bits, else a BigInt |
 * | `Uint8Array`, Node Buffer, `ArrayBuffer`, `DataView` | a byte string | `Uint8Array`, a view of the frame |
 * | other typed arrays | RFC 8746 (tags 64 to 86) | the same type, possibly a view of the frame |
 * | `Date` | seconds (tag 1); texts (tag 0) are read | `Date`, exact to the millisecond for 100 000 years around 1970 |
 * | `Map` | a map in tag 259 | `Map` |
 * | `Set` | an array in tag 258 | `Set` |
 * | objects with `toJSON`, except dates | what `toJSON` returns | the received form of that |
 * | other objects, also instances of a class | a map of their own enumerable properties | a plain object; integer keys become names |
 *
 * `encode` throws a TypeError (reported as `encode_failed`) for a function, a symbol, a Blob, an invalid Date, a cycle and a key `__proto__`.
 *
 * `decode` throws `unsupported_frame` for a text frame, and `invalid_frame` for a frame that is not one value of these types: truncated or
 * trailing bytes, lengths beyond the frame, more than `maxDepth` levels, other tags and simple values, strings of indefinite length (arrays
 * and maps of indefinite length are read), malformed UTF-8, keys of a plain map other than texts and integers, and the keys `__proto__` and
 * `constructor.prototype`. If a key occurs twice, the last one counts.
 *
 * Needs the package `cbor-x` (`npm install cbor-x`). Without it this module throws `missing_dependency` in Node, and bundlers report the
 * import. Neither its native add-on nor `eval` is used. See docs/codecs.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: cbor() })
 */
export const cbor = <Send = unknown, Receive = unknown>(
  options: CborOptions = {},
): Codec<Send, Receive, Uint8Array> => {
  const { subprotocol = 'cbor' } = options
  const maxDepth = toMaxDepth('cbor()', options.maxDepth)
  const shared = { useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false } as const
  const withNumbers = new Encoder({ ...shared, int64AsNumber: true } as typeof shared)
  const withBigInts = new Encoder(shared)
  const format = cborFormat(maxDepth)
  const scan = createCborScan(maxDepth)
  return {
    // A copy: the encoder reuses its buffer for the next message.
    encode: (value) => new Uint8Array(withNumbers.encode(toEncodable(format, value))),
    decode: (frame) => {
      const { bytes, hasBigInts } = scan(frame)
      try {
        return (hasBigInts ? withBigInts : withNumbers).decode(bytes) as Receive
      } catch (error) {
        // The scan leaves nothing known for the decoder to refuse.
        throw codedError(
          'invalid_frame',
          __DEV__ ? `Expected one CBOR value, got a frame that the decoder refuses: ${messageOf(error)}` : '',
        )
      }
    },
    subprotocol,
  }
}
