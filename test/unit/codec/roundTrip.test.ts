import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import type { Codec } from '../../../src/index.js'
import { problemOf, sent, through, toHex } from './frames.js'

/** Keys that are sent unchanged: keys that pollute prototypes are refused, lone surrogates are replaced. */
const key = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__' && name !== 'constructor')

const bytes = fc.uint8Array()
// CBOR's float64 of seconds is not exact to the millisecond for later and earlier dates.
const date = fc.date({ noInvalidDate: true, min: new Date(-3e15), max: new Date(3e15) })
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(...[8, 16, 31, 32, 53].flatMap((n) => [2 ** n - 1, -(2 ** n) + 1])),
)

/** Any value whose leaves are those of JSON and `more`. */
const anyOf = (...more: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, 0, '', NaN, Infinity, -Infinity),
      fc.double().map((number) => number + 0),
      integer.map((number) => number + 0),
      // An initial U+FEFF is a byte order mark, which the decoders' TextDecoder skips in longer texts.
      fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !text.startsWith('\ufeff')),
      ...more,
      fc.array(tie('value')),
      fc.dictionary(key, tie('value'), { noNullPrototype: true }),
    ),
  })).value

/** BigInts that a number cannot represent. */
const bigger = (limit: bigint) =>
  fc.bigInt({ min: -limit, max: limit }).filter((value) => !Number.isSafeInteger(Number(value)))

const values: readonly (readonly [codec: Codec, values: fc.Arbitrary<unknown>])[] = [
  [
    cbor(),
    anyOf(
      fc.constant(undefined),
      bytes,
      date,
      bigger(2n ** 200n),
      fc.float32Array(),
      fc.int16Array(),
      fc.array(fc.tuple(fc.oneof(integer, fc.boolean(), key), integer)).map((entries) => new Map(entries)),
      fc.array(fc.oneof(integer, key)).map((items) => new Set(items)),
    ),
  ],
  [msgpack(), anyOf(bytes, date, bigger(2n ** 63n - 1n))],
]

describe.each(values.map(([codec, all]) => [codec.subprotocol!, codec, all] as const))(
  '%s() in both directions',
  (name, codec, all) => {
    it('receives what it sent', () => {
      fc.assert(
        fc.property(all, (value) => {
          // -0 is sent as 0.
          expect(through(codec, value)).toEqual(value)
        }),
        { numRuns: 300 },
      )
    })

    it.each<unknown>([0, '', false, null, [], {}])('carries %j, which is empty or falsy', (value) => {
      expect(through(codec, value)).toStrictEqual(value)
    })

    it('receives a BigInt as a number if that is exact, also beside one that is not', () => {
      const value = { small: 10n, large: 2n ** 63n - 1n, at: 1_760_000_000_000, list: [-(2n ** 53n), 2n ** 53n - 1n] }
      expect(through(codec, value)).toEqual({
        ...value,
        small: 10,
        list: [-(2n ** 53n), Number.MAX_SAFE_INTEGER],
      })
    })

    it('does not change the frame when it decodes a BigInt', () => {
      const frame = sent(codec, [2n ** 63n - 1n, 1_760_000_000_000])
      const before = toHex(frame)
      void codec.decode(frame)
      expect(toHex(frame)).toBe(before)
    })

    it('keeps the offset and length of bytes in every wrapper', () => {
      const whole = new Uint8Array([9, 1, 2, 3, 9])
      for (const part of [
        whole.subarray(1, 4),
        whole.slice(1, 4).buffer,
        new DataView(whole.buffer, 1, 3),
        Buffer.from([1, 2, 3]),
        runInNewContext('new Uint8Array([1, 2, 3])') as unknown,
        runInNewContext('new Uint8Array([1, 2, 3]).buffer') as unknown,
      ]) {
        expect(through(codec, { part })).toEqual({ part: new Uint8Array([1, 2, 3]) })
      }
    })

    it('carries values of another realm', () => {
      const value = runInNewContext('({ list: [1, { a: 2 }], at: new Date(1500) })') as unknown
      expect(through(codec, value)).toEqual({ list: [1, { a: 2 }], at: new Date(1500) })
    })

    it('does not overwrite a frame when it encodes the next', () => {
      const first = codec.encode({ text: 'a'.repeat(20) }) as Uint8Array
      const before = [...first]
      for (let n = 0; n < 1000; n++) void codec.encode({ text: 'b'.repeat(20) })
      expect([...first]).toEqual(before)
      expect(first.buffer.byteLength).toBe(first.byteLength)
    })

    it('sends a lone surrogate as U+FFFD, in keys too', () => {
      expect(through(codec, { 'a\ud800': 'b\udfff', c: ['\ud800'] })).toEqual({ 'a\ufffd': 'b\ufffd', c: ['\ufffd'] })
    })

    it.each<[where: string, value: unknown]>([
      ['beside it in a list', [{ constructor: 'Renault' }, { prototype: 'T1' }]],
      ['in a list of its own', { constructor: [{ prototype: 'T1' }] }],
      ['further down', { constructor: { name: { prototype: 'T1' } } }],
      ['behind an empty one', { constructor: {}, car: { prototype: 'T1' } }],
    ])('reads a key "prototype" outside a "constructor": %s', (_where, value) => {
      expect(through(codec, value)).toEqual(value)
    })

    it('sends what toJSON returns', () => {
      expect(through(codec, { page: new URL('https://example.org/'), own: { toJSON: () => [1] } })).toEqual({
        page: 'https://example.org/',
        own: [1],
      })
    })

    it('sends an instance of a class as its own properties', () => {
      class Point {
        readonly x = 1
        get y() {
          return 2
        }
      }
      expect(through(codec, [new Point(), Object.assign(Object.create(null), { z: 3 })])).toEqual([{ x: 1 }, { z: 3 }])
    })

    it('does not change the value that it sends', () => {
      const value = Object.freeze({ when: new Date(0), list: Object.freeze([2 ** 40, 'a\ud800']) })
      expect(() => codec.encode(value)).not.toThrow()
    })

    it('carries 500 levels', () => {
      let value: unknown = 1
      for (let n = 0; n < 500; n++) value = n % 2 ? [value] : { a: value }
      expect(through(codec, value)).toEqual(value)
      expect(problemOf(() => codec.encode([value])).message).toMatch(/500 levels/)
    })

    const cycle: { self?: unknown } = {}
    cycle.self = cycle

    it.each<[what: string, value: unknown, says: RegExp]>([
      ['a function', () => 1, /cannot carry a function/],
      ['a symbol', Symbol('a'), /cannot carry a symbol/],
      ['a Blob', new Blob(['a']), /cannot carry a Blob: use socketSendRaw, or read its bytes first/],
      ['an invalid Date', new Date(NaN), /invalid Date/],
      ['a cycle', cycle, /at most 500 levels of nesting, got more or a cycle/],
      ['a huge BigInt', 2n ** 5000n, /BigInt/],
      ['a key __proto__', JSON.parse('{"__proto__":1}'), /__proto__/],
    ])('throws a TypeError with a reason when it sends %s', (_what, value, says) => {
      expect(() => codec.encode({ a: [value] })).toThrow(TypeError)
      expect(problemOf(() => codec.encode({ a: [value] })).message).toMatch(says)
      // The codec still works.
      expect(through(codec, [1])).toEqual([1])
    })

    it('refuses a text frame', () => {
      expect(problemOf(() => codec.decode('{"a":1}'))).toMatchObject({
        code: 'unsupported_frame',
        message: expect.stringContaining('a text frame of 7 characters'),
      })
    })

    it('reads a frame of another realm', () => {
      const units = [...new Uint8Array(sent(codec, { a: [1] }))].join()
      expect(codec.decode(runInNewContext(`new Uint8Array([${units}]).buffer`) as ArrayBuffer)).toEqual({ a: [1] })
    })

    it.each([0, 1001, 1.5, NaN, Infinity, '10'])('throws invalid_option for maxDepth: %p', (maxDepth) => {
      const create = name === 'cbor' ? cbor : msgpack
      expect(problemOf(() => create({ maxDepth: maxDepth as number }))).toEqual({
        code: 'invalid_option',
        message: expect.stringMatching(/^(cbor|msgpack)\(\): expected the option "maxDepth" to be/),
      })
    })

    it('carries 1000 levels with maxDepth: 1000', () => {
      const deep = (name === 'cbor' ? cbor : msgpack)({ maxDepth: 1000 })
      let value: unknown = 1
      for (let n = 0; n < 1000; n++) value = n % 2 ? [value] : { a: value }
      expect(through(deep, value)).toEqual(value)
    })

    it('has its own name as subprotocol, or the one that is given', () => {
      const create = name === 'cbor' ? cbor : msgpack
      expect([create().subprotocol, create({ subprotocol: 'chat' }).subprotocol]).toEqual([name, 'chat'])
    })
  },
)

describe('msgpack() with values that the format does not have', () => {
  it.each<[what: string, value: unknown, says: RegExp]>([
    ['a Map', new Map([[1, 2]]), /cannot carry a Map: send Object\.fromEntries/],
    ['a Set', new Set([1]), /cannot carry a Set: send an array/],
    ['2^64', 2n ** 64n, /below -2\^63 or above 2\^64 - 1/],
    ['-2^63 - 1', -(2n ** 63n) - 1n, /below -2\^63 or above 2\^64 - 1/],
  ])('throws when it sends %s', (_what, value, says) => {
    expect(problemOf(() => msgpack().encode([value])).message).toMatch(says)
  })

  it('sends undefined as nil and leaves out undefined properties', () => {
    expect(through(msgpack(), { a: undefined, b: [undefined] })).toStrictEqual({ b: [null] })
  })
})
