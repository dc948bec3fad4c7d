import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { fromHex, problemOf, sent, toHex } from './frames.js'

const codec = cbor()
const upTo25 = Array.from({ length: 25 }, (_, n) => n + 1)
const bytes = (...units: number[]) => new Uint8Array(units)

/** RFC 8949, appendix A, from top to bottom. `other` is what cbor() sends: it writes one width of float and no indefinite lengths. */
const appendixA: readonly [hex: string, value: unknown, other?: string][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
  ['c249010000000000000000', 18_446_744_073_709_551_616n],
  // cbor-x writes this one as a bignum: also correct, and one byte longer.
  ['3bffffffffffffffff', -18_446_744_073_709_551_616n, 'c348ffffffffffffffff'],
  ['c349010000000000000000', -18_446_744_073_709_551_617n],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f90000', 0, '00'],
  ['f98000', -0, '00'],
  ['f93c00', 1, '01'],
  ['fb3ff199999999999a', 1.1],
  ['f93e00', 1.5, 'fb3ff8000000000000'],
  ['f97bff', 65_504, '19ffe0'],
  ['fa47c35000', 100_000, '1a000186a0'],
  ['fa7f7fffff', 3.4028234663852886e38, 'fb47efffffe0000000'],
  ['fb7e37e43c8800759c', 1e300],
  ['f90001', 5.960464477539063e-8, 'fb3e70000000000000'],
  ['f90400', 0.00006103515625, 'fb3f10000000000000'],
  ['f9c400', -4, '23'],
  ['fbc010666666666666', -4.1],
  ['f97c00', Infinity, 'fb7ff0000000000000'],
  ['f97e00', NaN, 'fb7ff8000000000000'],
  ['f9fc00', -Infinity, 'fbfff0000000000000'],
  ['fa7f800000', Infinity, 'fb7ff0000000000000'],
  ['fa7fc00000', NaN, 'fb7ff8000000000000'],
  ['faff800000', -Infinity, 'fbfff0000000000000'],
  ['fb7ff0000000000000', Infinity],
  ['fb7ff8000000000000', NaN],
  ['fbfff0000000000000', -Infinity],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', undefined],
  ['c074323031332d30332d32315432303a30343a30305a', new Date(Date.UTC(2013, 2, 21, 20, 4)), 'c11a514b67b0'],
  ['c11a514b67b0', new Date(Date.UTC(2013, 2, 21, 20, 4))],
  ['c1fb41d452d9ec200000', new Date(Date.UTC(2013, 2, 21, 20, 4, 0, 500))],
  ['40', bytes()],
  ['4401020304', bytes(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', upTo25],
  ['a0', {}],
  // Integers as keys become the names of properties.
  ['a201020304', { 1: 2, 3: 4 }, 'a2613102613304'],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['826161a161626163', ['a', { b: 'c' }]],
  ['a56161614161626142616361436164614461656145', { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }],
  ['9fff', [], '80'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]], '8301820203820405'],
  ['9f01820203820405ff', [1, [2, 3], [4, 5]], '8301820203820405'],
  ['83018202039f0405ff', [1, [2, 3], [4, 5]], '8301820203820405'],
  ['83019f0203ff820405', [1, [2, 3], [4, 5]], '8301820203820405'],
  [
    '9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff',
    upTo25,
    '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
  ],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }, 'a26161016162820203'],
  ['826161bf61626163ff', ['a', { b: 'c' }], '826161a161626163'],
  ['bf6346756ef563416d7421ff', { Fun: true, Amt: -2 }, 'a26346756ef563416d7421'],
]

/** The other examples, which cbor() refuses, with the reason. */
const refused: readonly [hex: string, why: RegExp][] = [
  // JavaScript has no other simple values than false, true, null and undefined.
  ['f0', /the simple value 16/],
  ['f818', /the simple value 24/],
  ['f8ff', /the simple value 255/],
  // Tags without a JavaScript value: a hint for converting to JSON, CBOR inside CBOR, an address.
  ['d74401020304', /tag 23, which cbor\(\) does not read/],
  ['d818456449455446', /tag 24, which cbor\(\) does not read/],
  ['d82076687474703a2f2f7777772e6578616d706c652e636f6d', /tag 32, which cbor\(\) does not read/],
  // cbor-x does not read strings in pieces.
  ['5f42010243030405ff', /a string of indefinite length/],
  ['7f657374726561646d696e67ff', /a string of indefinite length/],
]

describe('cbor() with the examples of RFC 8949, appendix A', () => {
  it.each(appendixA)('reads %s', (hex, value) => {
    expect(codec.decode(fromHex(hex))).toStrictEqual(value)
  })

  it.each(appendixA)('writes %s, or the same value in its own form', (hex, value, other = hex) => {
    expect(toHex(sent(codec, value))).toBe(other)
  })

  it.each(refused)('refuses %s and gives the reason', (hex, why) => {
    expect(problemOf(() => codec.decode(fromHex(hex)))).toEqual({
      code: 'invalid_frame',
      message: expect.stringMatching(why),
    })
  })
})

describe('cbor() with frames of other encoders', () => {
  it.each<[what: string, hex: string, value: unknown]>([
    ['a number in more bytes than it needs', '1b0000000000000001', 1],
    ['a safe integer at its limit', '1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['the one after', '1b0020000000000000', 2n ** 53n],
    ['a safe negative at its limit', '3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
    ['the one before', '3b001fffffffffffff', -(2n ** 53n)],
    ['the self-description', 'd9d9f7 820102', [1, 2]],
    ['a time in 64 bits', 'c11b0000000000000001', new Date(1000)],
    [
      'a time in 64 bits beside a large integer',
      '82 c11b0000000000000001 1bffffffffffffffff',
      [new Date(1000), 2n ** 64n - 1n],
    ],
    ['a time before 1970', 'c120', new Date(-1000)],
    [
      'a date with an offset',
      `c07819${Buffer.from('2013-03-21T20:04:00+01:00').toString('hex')}`,
      new Date(Date.UTC(2013, 2, 21, 19, 4)),
    ],
    ['a set', 'd90102 820161 61', new Set([1, 'a'])],
    ['an empty set', 'd90102 80', new Set()],
    [
      'a map of any keys',
      'd90103 a2 01f5 8102f4',
      new Map<unknown, unknown>([
        [1, true],
        [[2], false],
      ]),
    ],
    ['a map of any keys, of indefinite length', 'd90103 bf 01f5 ff', new Map([[1, true]])],
    ['an object inside a map', 'd90103 a1 01 a1616102', new Map([[1, { a: 2 }]])],
    ['little-endian float32', 'd855 48 0000c03f 00000040', Float32Array.of(1.5, 2)],
    ['big-endian float32', 'd851 48 3fc00000 40000000', Float32Array.of(1.5, 2)],
    ['big-endian uint16', 'd841 44 0001 0002', Uint16Array.of(1, 2)],
    ['a negative key', 'a12001', { '-1': 1 }],
    ['a key of 64 bits', 'a11bffffffffffffffff01', { '18446744073709551615': 1 }],
    ['a key that comes twice: the last counts', 'a2616101616102', { a: 2 }],
    ['a harmless constructor', `a16b${Buffer.from('constructor').toString('hex')}6161`, { constructor: 'a' }],
  ])('reads %s', (_what, hex, value) => {
    expect(codec.decode(fromHex(hex))).toEqual(value)
  })
})

const text = (value: string) => (0x60 + value.length).toString(16) + Buffer.from(value).toString('hex')
const bomb = (head: string, levels: number, end = '00') => head.repeat(levels) + end

describe('cbor() with a hostile frame', () => {
  it.each<[what: string, hex: string, says: string]>([
    ['an empty frame', '', 'the end of the frame at byte 0'],
    ['an array cut short', '8301', 'an array or a map that ends before its 3 items do'],
    ['an array cut short inside an array', '82820101', 'the end of the frame'],
    ['a number cut short', '1a0000', 'the end of the frame'],
    ['a map without its last value', 'a16161', 'the end of the frame'],
    ['an array of indefinite length that does not end', '9f01', 'the end of the frame'],
    ['a map that breaks after a key', 'bf6161ff', 'a break in a place where no item can end'],
    ['a break alone', 'ff', 'a break in a place where no item can end'],
    ['a break in a counted array', '8201ff', 'a break in a place where no item can end'],
    ['a tagged break', '9fc1ff', 'a break in a place where no item can end'],
    ['bytes after the value', '0102', '1 more bytes after the value'],
    ['an array of 2^32 - 1', '9affffffff', 'ends before its 4294967295 items do'],
    ['an array of 2^64 - 1', '9bffffffffffffffff', 'ends before its'],
    ['a map of 2^32 - 1', 'baffffffff', 'ends before its 4294967295 items do'],
    ['bytes of 2^31', '5a80000000', 'a string of 2147483648 bytes, which is longer than the frame'],
    ['a text of 2^31', '7a8000000061', 'a string of 2147483648 bytes, which is longer than the frame'],
    ['a text of 2^64 - 1', '7bffffffffffffffff61', 'bytes, which is longer than the frame'],
    ['100 000 arrays', bomb('81', 100_000), 'more than 500 levels'],
    ['100 000 arrays of indefinite length', bomb('9f', 100_000), 'more than 500 levels'],
    ['100 000 objects', bomb('a16161', 100_000), 'more than 500 levels'],
    ['100 000 tags', bomb('c1', 100_000), 'tag 1'],
    ['100 000 self-descriptions', bomb('d9d9f7', 100_000), 'tag 55799'],
    ['501 levels', bomb('81', 501), 'more than 500 levels'],
    ['a huge tag', 'dbffffffffffffffff00', 'which cbor() does not read'],
    ['a record of cbor-x', `d86983195000 81${text('a')} 01`, 'tag 105'],
    ['a shared reference', 'd81d00', 'tag 29'],
    ['a RegExp', `d81b82${text('RegExp')}${text('a')}`, 'tag 27'],
    ['a reserved length', '1c', 'a reserved length'],
    ['an integer of indefinite length', '1f', 'a reserved length'],
    ['a bignum of 257 bytes', `c2590101${'ff'.repeat(257)}`, 'a bignum that is not 0 to 256 bytes long'],
    ['a bignum that is a text', 'c26161', 'a bignum that is not 0 to 256 bytes long'],
    ['a date that is not a text', 'c001', 'a date (tag 0) that is not a text'],
    ['a date in another form', `c0${text('a')}`, 'RFC 3339'],
    ['a date in the 13th month', `c074${Buffer.from('2013-13-21T20:04:00Z').toString('hex')}`, 'RFC 3339'],
    ['a time that is not a number', 'c16161', 'a date (tag 1) that is not a number'],
    ['a time that is NaN', 'c1f97e00', 'a date (tag 1) out of range'],
    ['a time in the year 300 000', 'c11b00000fffffffffff', 'a date (tag 1) out of range'],
    ['a time beyond every integer', 'c11bffffffffffffffff', 'a date (tag 1) out of range'],
    ['a set that is not an array', 'd9010201', 'a set (tag 258) that is not an array'],
    ['a map that is not a map', 'd9010301', 'a map (tag 259) that is not a map'],
    ['half a float32', 'd85543000000', 'a typed array (tag 85)'],
    ['a key that is an array', `a181${text('__proto__')}01`, 'a key that is neither a text nor an integer'],
    ['a key that is null', 'a1f601', 'a key that is neither a text nor an integer'],
    ['a key that is tagged', `a1c1 01 01`, 'a key that is neither a text nor an integer'],
    ['UTF-8 that is overlong', '62c0af', 'text that is not UTF-8'],
    ['UTF-8 with a surrogate', '63eda080', 'text that is not UTF-8'],
    ['UTF-8 cut short', '61c3', 'text that is not UTF-8'],
    ['UTF-8 that is Latin-1', '62fc61', 'text that is not UTF-8'],
    ['UTF-8 beyond Unicode', '64f4908080', 'text that is not UTF-8'],
    ['a key __proto__', `a1${text('__proto__')}a1616101`, 'a "__proto__" key'],
    ['a nested key __proto__', `81a1616181bf${text('__proto__')}01ff`, 'a "__proto__" key'],
    ['a key __proto__ in a Map', `d90103a1${text('__proto__')}01`, 'a "__proto__" key'],
    ['constructor.prototype', `a1${text('constructor')}a1${text('prototype')}a0`, 'a "constructor.prototype" key'],
    [
      'constructor.prototype, second',
      `a1${text('constructor')}bf6161a0${text('prototype')}01ff`,
      'constructor.prototype',
    ],
  ])('throws invalid_frame for %s', (_what, hex, says) => {
    const { code, message } = problemOf(() => codec.decode(fromHex(hex)))
    expect(code).toBe('invalid_frame')
    expect(message).toContain(says)
    expect(message).toMatch(/^Expected one CBOR value, got .+ at byte \d+: /)
  })

  it('reads the next frame correctly after a refused one', () => {
    problemOf(() => codec.decode(fromHex('d9010301')))
    expect(codec.decode(fromHex('a1616101'))).toEqual({ a: 1 })
  })

  it('limits the levels to maxDepth', () => {
    const shallow = cbor({ maxDepth: 2 })
    expect(shallow.decode(fromHex('8181 00'))).toEqual([[0]])
    expect(problemOf(() => shallow.decode(fromHex('818181 00'))).message).toContain('more than 2 levels')
    expect(() => shallow.encode([[[0]]])).toThrow(/2 levels/)
  })
})
