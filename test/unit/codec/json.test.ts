import { runInNewContext } from 'node:vm'
import { File } from 'node:buffer'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { json } from '../../../src/index.js'
import { problemOf } from './frames.js'

const codec = json()
const bytes = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text)).buffer

const isForbidden = (key: string): boolean => key === '__proto__' || key === 'constructor'

/** Any JSON value, lone surrogates included; `-0` is no JSON value of its own. */
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

describe('json: what goes out comes back', () => {
  it('any JSON value, as it was', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(codec.decode(codec.encode(value) as string)).toStrictEqual(value)
      }),
    )
  })

  it.each<unknown>([0, '', false, null, [], {}])('%j, though it is empty or falsy', (value) => {
    expect(codec.decode(codec.encode(value) as string)).toStrictEqual(value)
  })

  it('a lone surrogate, as an escape', () => {
    expect(codec.encode('\ud800')).toBe(String.raw`"\ud800"`)
    expect(codec.decode(String.raw`"\ud800"`)).toBe('\ud800')
  })
})

describe('json: what comes in is a stranger', () => {
  const outcomeOf = (decode: () => unknown): unknown => {
    try {
      return { value: decode() }
    } catch (error) {
      return { thrown: (error as { code?: string }).code ?? 'malformed' }
    }
  }

  it('gives what JSON.parse gives, or throws; it never gives anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (source) => {
        // fc.json() may spell a forbidden key.
        fc.pre(!/__proto__|constructor|\\u00/.test(source))
        expect(outcomeOf(() => codec.decode(source))).toStrictEqual(outcomeOf(() => JSON.parse(source)))
      }),
    )
  })

  it.each(['', ' ', '{', 'undefined', 'NaN', "{'a':1}", '[1,]', '{"a":1}x', '\ufeff{}', 'ping'])(
    'malformed JSON throws: %j',
    (source) => {
      expect(() => codec.decode(source)).toThrow(SyntaxError)
    },
  )

  it.each([
    ['at the top', '{"__proto__":{"isAdmin":true}}'],
    ['deep down', '{"a":[{"b":{"__proto__":1}}]}'],
    ['in an array', '[[{"__proto__":null}]]'],
    ['escaped in part', String.raw`{"\u005f_proto__":1}`],
    ['escaped whole', String.raw`{"\u005F\u005F\u0070\u0072\u006f\u0074\u006F\u005f\u005f":1}`],
    ['beside one that is harmless', '{"a":1,"__proto__":1,"b":2}'],
  ])('an own __proto__ key is refused, %s', (_where, source) => {
    expect(problemOf(() => codec.decode(source))).toMatchObject({
      code: 'invalid_frame',
      message: expect.stringContaining('__proto__'),
    })
  })

  it.each([
    ['plainly', '{"constructor":{"prototype":{"isAdmin":true}}}'],
    ['escaped', String.raw`{"c\u006fnstructor":{"\u0070rototype":1}}`],
    ['deep down', '[{"a":{"constructor":{"prototype":1}}}]'],
  ])('a constructor that has a prototype is refused, spelled %s', (_how, source) => {
    expect(problemOf(() => codec.decode(source))).toMatchObject({ code: 'invalid_frame' })
  })

  it.each<[what: string, value: unknown]>([
    ['a text that only talks of __proto__', { said: 'mind __proto__ and constructor.prototype' }],
    ['a key named constructor with a plain value', { constructor: 'Renault' }],
    ['a constructor without a prototype', { constructor: { name: 'Renault' } }],
    ['a prototype without a constructor', { prototype: { name: 'T1' } }],
    ['an escape of another letter', { a: '\u0001' }],
  ])('%s is taken', (_what, value) => {
    const source = JSON.stringify(value)
    expect(JSON.stringify(codec.decode(source))).toBe(source)
  })

  it('finds a forbidden key under a nesting that would overflow the stack', () => {
    const deep = `${'['.repeat(100_000)}{"__proto__":1}${']'.repeat(100_000)}`
    expect(problemOf(() => codec.decode(deep))).toMatchObject({ code: 'invalid_frame' })
  })
})

describe('json: what JSON cannot carry', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle

  it.each<[what: string, value: unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a BigInt', 1n],
    ['a cycle', cycle],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
  ])('%s throws at the sender, with a sentence', (_what, value) => {
    expect(problemOf(() => codec.encode(value)).message).not.toBe('')
  })
})

describe('json: bytes', () => {
  const foreign = (source: string): unknown => runInNewContext(source)

  it.each<[what: string, value: unknown]>([
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['an ArrayBuffer of another realm', foreign('new ArrayBuffer(3)')],
    ['a view of another realm', foreign('new Uint16Array(3)')],
    ['a view', new Uint8Array([0, 1, 2, 3]).subarray(1, 3)],
    ['a DataView', new DataView(new ArrayBuffer(8), 2, 3)],
    ['a Node Buffer out of the pool', Buffer.from('abc')],
    ['a Blob', new Blob(['abc'])],
    ['a File', new File(['abc'], 'a.txt')],
  ])('%s leaves as it is', (_what, value) => {
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
  ])('an object with %s is no bytes', (_what, value) => {
    expect(codec.encode(value)).toBe(JSON.stringify(value))
  })

  it.each([
    ['of JSON', bytes('{"a":1}')],
    ['that is malformed', bytes('{')],
    ['that is empty', new ArrayBuffer(0)],
    ['that would pollute', bytes('{"__proto__":1}')],
  ])('a binary frame %s is given as it is, and never parsed', (_what, frame) => {
    expect(codec.decode(frame)).toBe(frame)
  })
})

describe('json({ binary: true }): JSON in binary frames', () => {
  const inBytes = json({ binary: true })

  it.each<[text: string, value: unknown]>([
    ['{"a":"é😀"}', { a: 'é😀' }],
    ['\ufeff{}', {}],
    ['0', 0],
  ])('reads %j, a byte order mark skipped', (source, value) => {
    expect(inBytes.decode(bytes(source))).toEqual(value)
  })

  it('still reads text frames, and still sends them', () => {
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

  it('refuses a forbidden key there too', () => {
    expect(problemOf(() => inBytes.decode(bytes('{"__proto__":1}')))).toMatchObject({ code: 'invalid_frame' })
  })
})

describe('json: a replacer and a reviver', () => {
  const isoDate = /^\d{4}-\d\d-\d\dT/
  const dated = json({
    replacer: (_key, value) => (typeof value === 'bigint' ? `${value}n` : value),
    reviver: (_key, value) => (typeof value === 'string' && isoDate.test(value) ? new Date(value) : value),
  })

  it('are used', () => {
    expect(dated.encode({ a: 1n })).toBe('{"a":"1n"}')
    expect(dated.decode('{"at":"2026-01-02T03:04:05.000Z"}')).toEqual({ at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)) })
  })

  it('a list of names picks properties', () => {
    expect(json({ replacer: ['a'] }).encode({ a: 1, b: 2 })).toBe('{"a":1}')
  })

  it('a reviver cannot hide a forbidden key, and never sees one', () => {
    const seen: string[] = []
    const hiding = json({ reviver: (key, value) => (seen.push(key), key === '__proto__' ? undefined : value) })
    expect(problemOf(() => hiding.decode('{"a":{"__proto__":1}}'))).toMatchObject({ code: 'invalid_frame' })
    expect(seen).toEqual([])
    expect(hiding.decode('{"said":"constructor"}')).toEqual({ said: 'constructor' })
  })

  it('what comes in is plain, unless a reviver makes something else of it', () => {
    expect([json().isPlain, json({ binary: true }).isPlain, dated.isPlain]).toEqual([true, true, false])
  })
})

describe('json: its name to the server', () => {
  it('is json, unless another is given', () => {
    expect([json().subprotocol, json({ subprotocol: 'chat.json' }).subprotocol]).toEqual(['json', 'chat.json'])
  })
})
