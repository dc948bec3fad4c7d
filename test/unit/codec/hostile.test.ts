import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import type { Codec } from '../../../src/index.js'
import { sent } from './frames.js'

/** The size of a decoded value in items, characters and bytes. Also checks that it contains only allowed values. */
const weigh = (value: unknown): number => {
  if (typeof value === 'string') return value.length
  if (typeof value === 'bigint') return value.toString(16).length
  if (typeof value !== 'object' || value === null) return 1
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (value instanceof Date) {
    expect(value.getTime()).not.toBeNaN()
    return 1
  }
  // An array counts with its length, also where it has holes.
  if (Array.isArray(value)) return value.length + sum(value)
  if (value instanceof Map) return 1 + sum([...value].flat(1))
  if (value instanceof Set) return 1 + sum([...value])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(Object.keys(value)).not.toContain('__proto__')
  return 1 + sum(Object.entries(value).flat(1))
}

const sum = (values: readonly unknown[]): number => values.reduce((total: number, value) => total + weigh(value), 0)

/** Decodes arbitrary bytes. Expects a value in proportion to the frame, or an error with a code. */
const expectToSurvive = (codec: Codec, bytes: Uint8Array): void => {
  const frame = bytes.slice().buffer
  let value: unknown
  try {
    value = codec.decode(frame)
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_frame', message: expect.stringMatching(/^Expected one .+: /) })
    // The scan must refuse the frame: until the decoder does, it may have used more time or memory than the frame justifies.
    expect((error as Error).message).not.toContain('the decoder refuses')
    return
  }
  // A key of 64 bits has nine bytes and twenty digits.
  expect(weigh(value)).toBeLessThanOrEqual(3 * frame.byteLength)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}

const units = (hex: string): number[] => hex.split(' ').map((digits) => Number.parseInt(digits, 16))

/** Bytes that begin an item in both formats, so that random frames are not refused at their first byte. */
const leadingBytes = [
  ...units('00 18 1b 20 3b 40 41 5a 5f 60 61 7a 7f 80 81 82 8f 91 9a 9f a0 a1 a2 ba bf c0 c1 c2 c3 c4 c7 ca cb cc cf'),
  ...units('d3 d4 d6 d7 d8 d9 da dc dd de df e0 f4 f7 f9 fa fb ff 01 02 03 45 55 56'),
]
const randomBytes = fc
  .array(fc.oneof(fc.constantFrom(...leadingBytes), fc.integer({ min: 0, max: 255 })), { maxLength: 200 })
  .map((all) => Uint8Array.from(all))

const samples: readonly (readonly [codec: Codec, values: fc.Arbitrary<unknown>])[] = [
  [
    cbor(),
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      key: fc.string(),
    }),
  ],
  [msgpack(), fc.anything({ withDate: true, withTypedArray: true, key: fc.string() })],
]

/** A valid frame with some bytes removed or inserted. */
const mutated = (codec: Codec, values: fc.Arbitrary<unknown>) => {
  const frames = values.map((value) => {
    try {
      return new Uint8Array(sent(codec, value))
    } catch {
      // An invalid Date, a key __proto__.
      return Uint8Array.of(0x82, 0xa1, 0x61, 0x01)
    }
  })
  const change = fc.record({
    at: fc.nat(10_000),
    remove: fc.nat(3),
    insert: fc.array(fc.constantFrom(...leadingBytes), { maxLength: 3 }),
  })
  return fc.tuple(frames, fc.array(change, { minLength: 1, maxLength: 4 })).map(([frame, changes]) => {
    const changed = [...frame]
    for (const { at, remove, insert } of changes) changed.splice(at % (changed.length + 1), remove, ...insert)
    return Uint8Array.from(changed)
  })
}

describe.each(samples.map(([codec, values]) => [codec.subprotocol!, codec, values] as const))(
  '%s() with untrusted frames',
  (_name, codec, values) => {
    it('decodes random bytes to a value or throws an error with a code', () => {
      expect.hasAssertions()
      fc.assert(
        fc.property(randomBytes, (bytes) => expectToSurvive(codec, bytes)),
        { numRuns: 1500 },
      )
    })

    it('decodes changed frames to a value or throws an error with a code', () => {
      expect.hasAssertions()
      fc.assert(
        fc.property(mutated(codec, values), (bytes) => expectToSurvive(codec, bytes)),
        { numRuns: 1500 },
      )
    })

    it('throws invalid_frame for every truncated frame', () => {
      const frame = new Uint8Array(
        sent(codec, { a: [1, 2.5, 'é', new Date(1500), new Uint8Array(3), 2n ** 63n - 1n, null] }),
      )
      for (let length = 0; length < frame.length; length++) {
        expect(() => codec.decode(frame.slice(0, length).buffer)).toThrow(
          expect.objectContaining({ code: 'invalid_frame' }),
        )
      }
    })
  },
)
