import { describe, expect, it } from '@jest/globals'
import { msgpack } from '../../../src/codec/msgpack.js'
import { fromHex, problemOf, sent, toHex } from './frames.js'

const codec = msgpack()
const text = (length: number) => 'a'.repeat(length)
const inHex = (length: number) => '61'.repeat(length)
const bytes = (length: number) => new Uint8Array(length)
const zeros = (length: number) => '00'.repeat(length)
const list = (length: number) => Array.from({ length }, () => 0)
const object = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`k${1000 + n}`, 0]))
const entries = (length: number) =>
  Array.from({ length }, (_, n) => `a5${Buffer.from(`k${1000 + n}`).toString('hex')}00`).join('')

/** Every format of the specification, at its limits. `other` is what msgpack() sends: the shortest form. */
const formats: readonly [format: string, hex: string, value: unknown, other?: string][] = [
  ['positive fixint', '00', 0],
  ['positive fixint, last', '7f', 127],
  ['negative fixint', 'ff', -1],
  ['negative fixint, last', 'e0', -32],
  ['nil', 'c0', null],
  ['false', 'c2', false],
  ['true', 'c3', true],
  ['uint 8', 'cc80', 128],
  ['uint 8, last', 'ccff', 255],
  ['uint 8 that could be a fixint', 'cc00', 0, '00'],
  ['uint 16', 'cd0100', 256],
  ['uint 16, last', 'cdffff', 65_535],
  ['uint 32', 'ce00010000', 65_536],
  ['uint 32, last', 'ceffffffff', 4_294_967_295],
  ['uint 64', 'cf0000000100000000', 4_294_967_296],
  ['uint 64, last safe', 'cf001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['uint 64, first BigInt', 'cf0020000000000000', 2n ** 53n],
  ['uint 64, last', 'cfffffffffffffffff', 2n ** 64n - 1n],
  ['int 8', 'd0df', -33],
  ['int 8, last', 'd080', -128],
  ['int 16', 'd1ff7f', -129],
  ['int 16, last', 'd18000', -32_768],
  ['int 32', 'd2ffff7fff', -32_769],
  ['int 32, last', 'd280000000', -2_147_483_648],
  ['int 64', 'd3ffffffff7fffffff', -2_147_483_649],
  ['int 64, last safe', 'd3ffe0000000000001', Number.MIN_SAFE_INTEGER],
  ['int 64, first BigInt', 'd3ffe0000000000000', -(2n ** 53n)],
  ['int 64, last', 'd38000000000000000', -(2n ** 63n)],
  ['int 64 that is positive', 'd30000000000000001', 1, '01'],
  ['float 32', 'ca3fc00000', 1.5, 'cb3ff8000000000000'],
  ['float 64', 'cb3ff199999999999a', 1.1],
  ['float 64, infinite', 'cbfff0000000000000', -Infinity],
  ['float 64, NaN', 'cb7ff8000000000000', NaN],
  ['fixstr, empty', 'a0', ''],
  ['fixstr, last', `bf${inHex(31)}`, text(31)],
  ['str 8', `d920${inHex(32)}`, text(32)],
  ['str 8, last', `d9ff${inHex(255)}`, text(255)],
  ['str 16', `da0100${inHex(256)}`, text(256)],
  ['str 16, last', `daffff${inHex(65_535)}`, text(65_535)],
  ['str 32', `db00010000${inHex(65_536)}`, text(65_536)],
  ['str of more bytes than letters', 'a4f09f9880', '😀'],
  ['bin 8, empty', 'c400', bytes(0)],
  ['bin 8, last', `c4ff${zeros(255)}`, bytes(255)],
  ['bin 16', `c50100${zeros(256)}`, bytes(256)],
  ['bin 16, last', `c5ffff${zeros(65_535)}`, bytes(65_535)],
  ['bin 32', `c600010000${zeros(65_536)}`, bytes(65_536)],
  ['fixarray, empty', '90', []],
  ['fixarray, last', `9f${zeros(15)}`, list(15)],
  ['array 16', `dc0010${zeros(16)}`, list(16)],
  ['array 16, last', `dcffff${zeros(65_535)}`, list(65_535)],
  ['array 32', `dd00010000${zeros(65_536)}`, list(65_536)],
  ['array 32 that is empty', 'dd00000000', [], '90'],
  ['fixmap, empty', '80', {}],
  ['fixmap, last', `8f${entries(15)}`, object(15)],
  ['map 16', `de0010${entries(16)}`, object(16)],
  ['map 32', `df00000010${entries(16)}`, object(16), `de0010${entries(16)}`],
  ['fixmap with integers as keys', '82 01c0 ff02', { 1: null, '-1': 2 }, '82a131c0a22d3102'],
  [
    'fixmap with a key of 64 bits',
    '81 cfffffffffffffffff 01',
    { '18446744073709551615': 1 },
    '81b4313834343637343430373337303935353136313501',
  ],
  ['the example of the specification', '82a7636f6d70616374c3a6736368656d6100', { compact: true, schema: 0 }],
  ['timestamp 32 (fixext 4)', 'd6ff514b67b0', new Date(Date.UTC(2013, 2, 21, 20, 4))],
  ['timestamp 32, last', 'd6ffffffffff', new Date(4_294_967_295_000)],
  ['timestamp 64 (fixext 8)', 'd7ff77359400514b67b0', new Date(Date.UTC(2013, 2, 21, 20, 4, 0, 500))],
  ['timestamp 64, last millisecond', 'd7ffee2e1f03ffffffff', new Date(17_179_869_183_999)],
  ['timestamp 96 (ext 8)', 'c70cff00000000ffffffffffffffff', new Date(-1000)],
  ['timestamp 32 in ext 16', 'c80004ff00000001', new Date(1000), 'd6ff00000001'],
  ['timestamp 32 in ext 32', 'c900000004ff00000001', new Date(1000), 'd6ff00000001'],
]

describe('msgpack() with the formats of the specification', () => {
  it.each(formats)('reads %s', (_format, hex, value) => {
    expect(codec.decode(fromHex(hex))).toStrictEqual(value)
  })

  it.each(formats)('writes %s, or the same value in its shortest form', (_format, hex, value, other = hex) => {
    expect(toHex(sent(codec, value))).toBe(other.replaceAll(' ', ''))
  })

  it.each([
    ['fixext 1', 'd40500', 'of the type 5'],
    ['fixext 2', 'd5050000', 'of the type 5'],
    ['fixext 4', 'd60500000000', 'of the type 5'],
    ['fixext 8', `d705${zeros(8)}`, 'of the type 5'],
    ['fixext 16', `d8fe${zeros(16)}`, 'of the type -2'],
    ['ext 8', 'c70005', 'of the type 5'],
    ['ext 16', `c8010005${zeros(256)}`, 'of the type 5'],
    ['ext 32', `c90001000005${zeros(65_536)}`, 'of the type 5'],
  ])('refuses an application’s own %s, which has no JavaScript value', (_format, hex, says) => {
    expect(problemOf(() => codec.decode(fromHex(hex)))).toEqual({
      code: 'invalid_frame',
      message: expect.stringContaining(says),
    })
  })
})

const short = (value: string) => (0xa0 + value.length).toString(16) + Buffer.from(value).toString('hex')
const bomb = (head: string, levels: number) => `${head.repeat(levels)}00`

describe('msgpack() with a hostile frame', () => {
  it.each<[what: string, hex: string, says: string]>([
    ['an empty frame', '', 'the end of the frame at byte 0'],
    ['the byte that the format does not use', 'c1', '0xc1'],
    ['an array cut short', '9301', 'an array or a map that ends before its 3 items do'],
    ['a number cut short', 'ce0000', 'the end of the frame'],
    ['a length cut short', 'dd0000', 'the end of the frame'],
    ['a map without its last value', '81a161', 'the end of the frame'],
    ['bytes after the value', '0102', '1 more bytes after the value'],
    ['an array of 2^32 - 1', 'ddffffffff', 'ends before its 4294967295 items do'],
    ['a map of 2^32 - 1', 'dfffffffff', 'ends before its 4294967295 items do'],
    ['bytes of 2^31', 'c680000000', 'a string of 2147483648 bytes, which is longer than the frame'],
    ['a text of 2^31', 'db8000000061', 'a string of 2147483648 bytes, which is longer than the frame'],
    ['an ext of 2^32 - 1', 'c9ffffffffff', 'a string of 4294967295 bytes, which is longer than the frame'],
    ['an ext without its type', 'c700', 'a string of 0 bytes, which is longer than the frame'],
    ['100 000 arrays', bomb('91', 100_000), 'more than 500 levels'],
    ['100 000 objects', bomb('81a161', 100_000), 'more than 500 levels'],
    ['501 levels', bomb('91', 501), 'more than 500 levels'],
    ['a timestamp of 5 bytes', 'c705ff0000000000', 'a timestamp of 5 bytes'],
    ['a timestamp with too many nanoseconds', 'd7ffee6b280000000000', 'nanoseconds'],
    ['a timestamp beyond every date', 'c70cff000000007fffffffffffffff', 'a timestamp out of range'],
    ['a key that is an array', '819001', 'a key that is neither a text nor an integer'],
    ['a key that is nil', '81c001', 'a key that is neither a text nor an integer'],
    ['a key that is a float', '81ca3fc0000001', 'a key that is neither a text nor an integer'],
    ['a key of bytes', `81c409${Buffer.from('__proto__').toString('hex')}01`, 'a key that is neither'],
    ['UTF-8 that is overlong', 'a2c0af', 'text that is not UTF-8'],
    ['UTF-8 with a surrogate', 'a3eda080', 'text that is not UTF-8'],
    ['UTF-8 cut short', 'a1c3', 'text that is not UTF-8'],
    ['a key __proto__', `81${short('__proto__')}81a16101`, 'a "__proto__" key'],
    [
      'a nested key __proto__',
      `9181a16191de0001d909${Buffer.from('__proto__').toString('hex')}01`,
      'a "__proto__" key',
    ],
    ['constructor.prototype', `81${short('constructor')}81${short('prototype')}80`, 'a "constructor.prototype" key'],
  ])('throws invalid_frame for %s', (_what, hex, says) => {
    const { code, message } = problemOf(() => codec.decode(fromHex(hex)))
    expect(code).toBe('invalid_frame')
    expect(message).toContain(says)
    expect(message).toMatch(/^Expected one MessagePack value, got .+ at byte \d+: /)
  })

  it('reads a harmless key constructor', () => {
    expect(codec.decode(fromHex(`82${short('constructor')}81a161a162 ${short('prototype')}01`))).toEqual({
      constructor: { a: 'b' },
      prototype: 1,
    })
  })

  it('limits the levels to maxDepth', () => {
    const shallow = msgpack({ maxDepth: 2 })
    expect(shallow.decode(fromHex('9191 00'))).toEqual([[0]])
    expect(problemOf(() => shallow.decode(fromHex('919191 00'))).message).toContain('more than 2 levels')
    expect(() => shallow.encode([[[0]]])).toThrow(/2 levels/)
  })
})
