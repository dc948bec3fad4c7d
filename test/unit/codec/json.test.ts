import { runInNewContext } from 'node:vm'
import { File } from 'node:buffer'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { json } from '../../../src/index.js'
import { problemOf } from './frames.js'

const codec = json()
const bytes = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text)).buffer

const isForbidden = (key: string): boolean => key === '__proto__' || key === 'constructor'

/** Any JSON value, lone surrogates included, without `-0`, which JSON writes as 0. */
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, 0, ''),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', 'a\udfff', '__proto__', 'constructor', '\\u005f_proto__', 'ping'),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((key) => !isForbidden(key)),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}))

describe('json() in both directions', () => {
  it('receives any JSON value that it sent', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(codec.decode(codec.encode(value) as string)).toStrictEqual(value)
      }),
    )
  })

  it.each<unknown>([0, '', false, null, [], {}, { a: null, b: {}, '0': 1, c: ['null', 'Buffer', '{}'] }])(
    'carries %j, which is empty or falsy',
    (value) => {
      expect(codec.decode(codec.encode(value) as string)).toStrictEqual(value)
    },
  )

  it('sends a lone surrogate as an escape', () => {
    expect(codec.encode('\ud800')).toBe(String.raw`"\ud800"`)
    expect(codec.decode(String.raw`"\ud800"`)).toBe('\ud800')
  })
})

describe('json() with untrusted frames', () => {
  const outcomeOf = (decode: () => unknown): unknown => {
    try {
      return { value: decode() }
    } catch (error) {
      return { thrown: (error as { code?: string }).code ?? 'malformed' }
    }
  }

  it('returns what JSON.parse returns, or throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (source) => {
        // fc.json() may contain a forbidden key. A blank text is no message.
        fc.pre(!/__proto__|constructor|\\u00/.test(source) && source.trim() === source && source !== '')
        expect(outcomeOf(() => codec.decode(source))).toStrictEqual(outcomeOf(() => JSON.parse(source)))
      }),
    )
  })

  it.each(['{', 'undefined', 'NaN', "{'a':1}", '[1,]', '{"a":1}x', 'ping'])(
    'throws for malformed JSON: %j',
    (source) => {
      expect(() => codec.decode(source)).toThrow(SyntaxError)
    },
  )

  it.each([
    ['at the top', '{"__proto__":{"isAdmin":true}}'],
    ['nested', '{"a":[{"b":{"__proto__":1}}]}'],
    ['in an array', '[[{"__proto__":null}]]'],
    ['escaped in part', String.raw`{"\u005f_proto__":1}`],
    ['escaped whole', String.raw`{"\u005F\u005F\u0070\u0072\u006f\u0074\u006F\u005f\u005f":1}`],
    ['beside one that is harmless', '{"a":1,"__proto__":1,"b":2}'],
  ])('refuses an own key __proto__, %s', (_where, source) => {
    expect(problemOf(() => codec.decode(source))).toMatchObject({
      code: 'invalid_frame',
      message: expect.stringContaining('__proto__'),
    })
  })

  it.each([
    ['plainly', '{"constructor":{"prototype":{"isAdmin":true}}}'],
    ['escaped', String.raw`{"c\u006fnstructor":{"\u0070rototype":1}}`],
    ['nested', '[{"a":{"constructor":{"prototype":1}}}]'],
  ])('refuses a constructor with a prototype, written %s', (_how, source) => {
    expect(problemOf(() => codec.decode(source))).toMatchObject({ code: 'invalid_frame' })
  })

  it.each<[what: string, value: unknown]>([
    ['a text that contains __proto__', { text: 'about __proto__ and constructor.prototype' }],
    ['a key named constructor with a plain value', { constructor: 'Renault' }],
    ['a constructor without a prototype', { constructor: { name: 'Renault' } }],
    ['a prototype without a constructor', { prototype: { name: 'T1' } }],
    ['an escape of another letter', { a: '\u0001' }],
  ])('reads %s', (_what, value) => {
    const source = JSON.stringify(value)
    expect(JSON.stringify(codec.decode(source))).toBe(source)
  })

  it('finds a forbidden key below more levels than the stack has room for', () => {
    const deep = `${'['.repeat(100_000)}{"__proto__":1}${']'.repeat(100_000)}`
    expect(problemOf(() => codec.decode(deep))).toMatchObject({ code: 'invalid_frame' })
  })
})

describe('json() with values that JSON cannot carry', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle

  it.each<[what: string, value: unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a BigInt', 1n],
    ['a cycle', cycle],
    ['a toJSON that returns undefined', { toJSON: () => undefined }],
    ['NaN', Number.NaN],
    ['Infinity inside', [1, { a: -Infinity }]],
    ['an invalid Date', { at: new Date(Number.NaN) }],
    ['a Map', new Map()],
    ['a Set inside', { tags: new Set([1]) }],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2)],
    ['bytes inside', { pic: new Uint8Array([1]) }],
    ['floats inside', { pic: new Float64Array(0) }],
    ['an ArrayBuffer inside an array', [new ArrayBuffer(1)]],
    ['a DataView inside', { pic: new DataView(new ArrayBuffer(1)) }],
    ['a Node Buffer inside', { pic: Buffer.from([1]) }],
    ['a Blob inside', { pic: new Blob(['x']) }],
    ['a Map of another realm', { map: runInNewContext('new Map()') as unknown }],
    ['a Map that toJSON returns', { toJSON: () => ({ map: new Map() }) }],
  ])('throws with a reason when it sends %s', (_what, value) => {
    expect(problemOf(() => codec.encode(value)).message).not.toBe('')
  })
})

describe('json() with bytes', () => {
  const foreign = (source: string): unknown => runInNewContext(source)

  it.each<[what: string, value: unknown]>([
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['an ArrayBuffer of another realm', foreign('new ArrayBuffer(3)')],
    ['a view of another realm', foreign('new Uint16Array(3)')],
    ['a view', new Uint8Array([0, 1, 2, 3]).subarray(1, 3)],
    ['a DataView', new DataView(new ArrayBuffer(8), 2, 3)],
    ['a Node Buffer of the pool', Buffer.from('abc')],
    ['a Blob', new Blob(['abc'])],
    ['a File', new File(['abc'], 'a.txt')],
  ])('sends %s unchanged', (_what, value) => {
    expect(codec.encode(value)).toBe(value)
  })

  it.each<[what: string, value: unknown]>([
    ['a length', { byteLength: 3 }],
    ['a size and a method', { size: 3, type: '', arrayBuffer: 1 }],
    [
      'a class of its own',
      new (class Point {
        readonly byteLength = 1
      })(),
    ],
  ])('sends an object with %s as JSON', (_what, value) => {
    expect(codec.encode(value)).toBe(JSON.stringify(value))
  })

  it.each([
    ['of JSON', bytes('{"a":1}')],
    ['that is malformed', bytes('{')],
    ['that is empty', new ArrayBuffer(0)],
    ['that would pollute', bytes('{"__proto__":1}')],
  ])('receives a binary frame %s unparsed', (_what, frame) => {
    expect(codec.decode(frame)).toBe(frame)
  })
})

describe('json({ binary: true })', () => {
  const inBytes = json({ binary: true })

  it.each<[text: string, value: unknown]>([
    ['{"a":"é😀"}', { a: 'é😀' }],
    ['\ufeff{}', {}],
    ['0', 0],
  ])('reads %j and skips a byte order mark', (source, value) => {
    expect(inBytes.decode(bytes(source))).toEqual(value)
  })

  it('reads and sends text frames', () => {
    expect(inBytes.decode('[1]')).toEqual([1])
    expect(inBytes.encode([1])).toBe('[1]')
  })

  it('reads bytes of another realm', () => {
    expect(inBytes.decode(runInNewContext('new Uint8Array([0x5b, 0x5d]).buffer') as ArrayBuffer)).toEqual([])
  })

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a truncated letter', [0x22, 0xc3]],
  ])('refuses %s', (_what, units) => {
    expect(problemOf(() => inBytes.decode(new Uint8Array(units).buffer))).toMatchObject({
      code: 'invalid_frame',
      message: expect.stringContaining('UTF-8'),
    })
  })

  it('refuses a forbidden key in a binary frame', () => {
    expect(problemOf(() => inBytes.decode(bytes('{"__proto__":1}')))).toMatchObject({ code: 'invalid_frame' })
  })
})

describe('json({ parse, stringify })', () => {
  const isoDate = /^\d{4}-\d\d-\d\dT/
  const revive = (_key: string, value: unknown) =>
    typeof value === 'string' && isoDate.test(value) ? new Date(value) : value
  const replace = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
  const dated = json({
    parse: (text) => JSON.parse(text, revive) as unknown,
    stringify: (value) => JSON.stringify(value, replace),
  })

  it('uses both', () => {
    expect(dated.encode({ a: 1n })).toBe('{"a":"1n"}')
    expect(dated.decode('{"at":"2026-01-02T03:04:05.000Z"}')).toEqual({ at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)) })
  })

  it('sends what stringify returns, also for a Map', () => {
    const codecOfMaps = json({ stringify: (value) => JSON.stringify([...(value as Map<string, unknown>)]) })
    expect(codecOfMaps.encode(new Map([['a', null]]))).toBe('[["a",null]]')
  })

  it('sends bytes unchanged', () => {
    const sent = new Uint8Array([1])
    expect(dated.encode(sent)).toBe(sent)
  })

  it('reads integers of 64 bits and NaN with a parser that can', () => {
    const parse = (text: string): unknown => ({ id: BigInt(/\d{16,}/.exec(text)![0]), isNaN: text.includes('NaN') })
    expect(json({ parse }).decode('{"id":8389766145050669870,"x":NaN}')).toEqual({
      id: 8389766145050669870n,
      isNaN: true,
    })
  })

  it('refuses a forbidden key in what parse returns', () => {
    expect(problemOf(() => dated.decode('{"a":{"__proto__":1}}'))).toMatchObject({ code: 'invalid_frame' })
    expect(dated.decode('{"text":"constructor"}')).toEqual({ text: 'constructor' })
  })

  it('has isPlain only without parse', () => {
    expect([json().isPlain, json({ binary: true }).isPlain, dated.isPlain]).toEqual([true, true, false])
  })
})

describe('json() in a negotiation', () => {
  it('has the subprotocol json, or the one that is given', () => {
    expect([json().subprotocol, json({ subprotocol: 'chat.json' }).subprotocol]).toEqual(['json', 'chat.json'])
  })
})
