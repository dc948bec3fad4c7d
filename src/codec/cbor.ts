import { Encoder, Tag } from 'cbor-x/index-no-eval' // optional, install it with: npm install cbor-x
import { codedError, messageOf } from '../internal/errors.js'
import { createCborScan } from './cborScan.js'
import { toMaxDepth } from './containers.js'
import { createOutgoing } from './outgoing.js'
import type { Codec } from './types.js'

export type { Codec } from './types.js'

/** What `cbor()` can be told. */
export interface CborOptions {
  /**
   * How many arrays, maps and tags may stand inside each other, both ways: 1 to 1000.
   * @default 500
   */
  readonly maxDepth?: number
  /**
   * See `Codec.subprotocol`.
   * @default 'cbor'
   */
  readonly subprotocol?: string
}

/** RFC 8746, for machines that write the low byte first, as all that run a browser do. */
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

const outgoing = (maxDepth: number) =>
  createOutgoing({
    name: 'cbor()',
    maxDepth,
    date: (time) => {
      const seconds = time / 1000
      return new Tag(Number.isInteger(seconds) && Math.abs(seconds) > 0x7fff_ffff ? BigInt(seconds) : seconds, 1)
    },
    view: (bytes, type) => (arrayTags[type] ? new Tag(bytes, arrayTags[type]) : bytes),
    bigint: (value) => {
      // Two hex digits a byte, and a sign.
      if (value.toString(16).length <= 512) return value
      throw new TypeError(__DEV__ ? 'cbor() takes a BigInt of 256 bytes at most: send it as text or as bytes.' : '')
    },
    map: (entries) => new Map(entries),
    set: (items) => new Tag(items, 258),
  })

/**
 * CBOR in binary frames (RFC 8949), one value a frame.
 *
 * | value | on the wire | comes back as |
 * | --- | --- | --- |
 * | null, booleans, strings, arrays | themselves; a lone surrogate as U+FFFD | themselves |
 * | `undefined` | `undefined` (0xf7), in objects too | `undefined` |
 * | a safe integer | an integer; -0 as 0 | a number |
 * | any other number | float64; the other widths are read | a number |
 * | BigInt, up to 256 bytes | an integer of 64 bits, or a bignum (tags 2 and 3) | a number where that is exact and it had 64 bits, else a BigInt |
 * | `Uint8Array`, Node Buffer, `ArrayBuffer`, `DataView` | a byte string | `Uint8Array`, a view of the frame |
 * | other typed arrays | RFC 8746 (tags 64 to 86) | the same type; maybe a view of the frame |
 * | `Date` | seconds (tag 1); texts (tag 0) are read | `Date`, to the millisecond for 100 000 years around 1970 |
 * | `Map` | a map in tag 259 | `Map` |
 * | `Set` | an array in tag 258 | `Set` |
 * | objects with `toJSON` (a Date apart) | what that gives | what that is |
 * | other objects, of a class too | a map of their own enumerable properties | a plain object; integers as keys become names |
 *
 * A function, a symbol, a Blob, an invalid Date, a cycle or a key `__proto__` is a TypeError, and so `encode_failed`.
 *
 * Receiving: a text frame is a `socketError` with the code `unsupported_frame`. Whatever is not one whole value of these kinds is one with
 * `invalid_frame`: truncated or trailing bytes, lengths beyond the frame, a nesting over `maxDepth`, other tags and simple values, strings
 * of indefinite length (arrays and maps of indefinite length are taken), malformed UTF-8, keys of a plain map other than texts and
 * integers, and the keys `__proto__` and `constructor.prototype`. Of a key that comes twice the last counts.
 *
 * Needs the package cbor-x (a dependency of this one), without its native add-on and without `eval`.
 */
export const cbor = <Send = unknown, Receive = unknown>(
  options: CborOptions = {},
): Codec<Send, Receive, Uint8Array> => {
  const { subprotocol = 'cbor' } = options
  const maxDepth = toMaxDepth('cbor()', options.maxDepth)
  const shared = { useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false } as const
  const withNumbers = new Encoder({ ...shared, int64AsNumber: true } as typeof shared)
  const withBigInts = new Encoder(shared)
  const prepare = outgoing(maxDepth)
  const scan = createCborScan(maxDepth)
  return {
    // A copy: the encoder's own bytes lie in a buffer that it shares between messages.
    encode: (value) => new Uint8Array(withNumbers.encode(prepare(value))),
    decode: (frame) => {
      const { bytes, hasBigInts } = scan(frame)
      try {
        return (hasBigInts ? withBigInts : withNumbers).decode(bytes) as Receive
      } catch (error) {
        // Nothing known gets here.
        throw codedError(
          'invalid_frame',
          __DEV__ ? `Expected one CBOR value, got what the decoder refuses: ${messageOf(error)}` : '',
        )
      }
    },
    subprotocol,
  }
}
