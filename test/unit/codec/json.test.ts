import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { json } from '../../../src/index.js'

const codec = json()
const bytes = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text)).buffer

/** What was thrown, as the store would carry it. */
const problemOf = (run: () => unknown): { code: unknown; message: string } => {
  try {
    run()
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    return { code, message }
  }
  throw new Error('nothing was thrown')
}

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

  it.each([
    ['of JSON', bytes('{"a":1}'), 7],
    ['that is empty', new ArrayBuffer(0), 0],
  ])('a binary frame %s is unsupported, and never parsed', (_what, frame, length) => {
    expect(problemOf(() => codec.decode(frame))).toEqual({
      code: 'unsupported_frame',
      message: expect.stringContaining(`a binary one of ${length} bytes`),
    })
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
