import { describe, expect, it } from '@jest/globals'
import { isPlain as isPlainToRtk, findNonSerializableValue } from '@reduxjs/toolkit'
import fc from 'fast-check'
import { sizeOf, toPlain } from '../../../src/middleware/plain.js'

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length)
const plain = (value: unknown): unknown => toPlain(value, sizeOf)

class Point {
  readonly x: number
  readonly label = new Date(0)
  constructor(x: number) {
    this.x = x
  }
  get doubled(): number {
    return this.x * 2
  }
}

describe('a value that is not plain', () => {
  it.each<[what: string, value: unknown, expected: unknown]>([
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid Date, as in JSON', new Date(Number.NaN), null],
    ['a BigInt', 12_345_678_901_234_567_890n, '12345678901234567890'],
    ['a URL', new URL('https://a.example/?b'), 'https://a.example/?b'],
    ['a Map with text keys', new Map([['a', 1n]]), { a: '1' }],
    [
      'a Map with other keys',
      new Map<unknown, unknown>([
        [1, 'a'],
        ['b', 2],
      ]),
      [
        [1, 'a'],
        ['b', 2],
      ],
    ],
    ['a Map with objects for keys', new Map([[{ at: new Date(0) }, 1]]), [[{ at: '1970-01-01T00:00:00.000Z' }, 1]]],
    ['an empty Map', new Map(), {}],
    ['a Set', new Set([1n, 'a']), ['1', 'a']],
    ['a class instance: its own properties', new Point(2), { x: 2, label: '1970-01-01T00:00:00.000Z' }],
    ['an object with a toJSON', { toJSON: () => ({ at: new Date(0) }) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1n }), { a: '1' }],
    ['nested ones', { a: [new Map([['b', new Set([1n])]])] }, { a: [{ b: ['1'] }] }],
    ['a hole in an array', [1n, undefined, null], ['1', undefined, null]],
  ])('becomes plain: %s', (_what, value, expected) => {
    expect(plain(value)).toEqual(expected)
  })

  it.each<[what: string, value: ArrayBuffer | ArrayBufferView | Blob, expected: object]>([
    ['an ArrayBuffer', bytes(3).buffer, { byteLength: 3, type: '' }],
    ['a view: its own part', bytes(8).subarray(2, 4), { byteLength: 2, type: '' }],
    ['a DataView', new DataView(new ArrayBuffer(5), 1), { byteLength: 4, type: '' }],
    ['a Node Buffer, although it has a toJSON', Buffer.from('abc'), { byteLength: 3, type: '' }],
    ['wide elements', new Float64Array(2), { byteLength: 16, type: '' }],
    ['a Blob', new Blob(['abc'], { type: 'text/plain' }), { byteLength: 3, type: 'text/plain' }],
    ['an empty view', bytes(0), { byteLength: 0, type: '' }],
  ])('becomes a handle when it is bytes: %s', (_what, value, expected) => {
    expect(plain(value)).toEqual(expected)
    expect(plain({ a: [value] })).toEqual({ a: [expected] })
    expect(plain(new Map([['a', value]]))).toEqual({ a: expected })
  })
})

describe('a Map', () => {
  it('keeps all entries when its keys would become the same text', () => {
    const value = new Map<unknown, string>([
      [1n, 'a'],
      ['1', 'b'],
    ])
    expect(plain(value)).toEqual([
      ['1', 'a'],
      ['1', 'b'],
    ])
  })

  it('with dates for keys becomes its entries, because they are not texts', () => {
    expect(plain(new Map([[new Date(0), 1]]))).toEqual([['1970-01-01T00:00:00.000Z', 1]])
  })

  it('with a key that could pollute prototypes becomes no object', () => {
    const value = plain(new Map([['__proto__', { isAdmin: true }]]))
    expect(value).toEqual([['__proto__', { isAdmin: true }]])
    expect((Object.assign({}, value) as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
})

describe('a plain value', () => {
  it.each<[what: string, value: unknown]>([
    ['a text', 'a'],
    ['0', 0],
    ['NaN', Number.NaN],
    ['null', null],
    ['undefined', undefined],
    ['an object', { a: { b: [1, { c: null }] } }],
    ['an empty object', {}],
    ['an array', [[], [1]]],
    ['an object that has a field toJSON', { toJSON: 'no function' }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ])('is returned unchanged: %s', (_what, value) => {
    expect(plain(value)).toBe(value)
  })

  it('keeps its identity beside parts that change', () => {
    const same = { a: [1] }
    const value = { same, at: new Date(0) }
    expect((plain(value) as typeof value).same).toBe(same)
  })

  it('is not changed where a copy is made', () => {
    const value = { at: new Date(0), list: [1n] }
    plain(value)
    expect(value).toEqual({ at: new Date(0), list: [1n] })
  })
})

describe('a value that cannot become plain', () => {
  it('throws when it contains itself', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = [circle]
    expect(() => plain(circle)).toThrow(RangeError)
  })

  it('throws what its toJSON throws', () => {
    const value = {
      toJSON: () => {
        throw new Error('no')
      },
    }
    expect(() => plain({ value })).toThrow('no')
  })
})

describe('any value that a codec decodes', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.bigInt(),
    fc.date(),
    fc.uint8Array({ maxLength: 4 }),
  )
  const { value: decoded } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'plain' },
      leaf,
      tie('list'),
      tie('object'),
      tie('map'),
      tie('set'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    map: fc.array(fc.tuple(leaf, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    set: fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
  }))

  it('is serializable to RTK once it is plain', () => {
    fc.assert(
      fc.property(decoded, (value) => {
        expect(findNonSerializableValue(plain(value), '', isPlainToRtk)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('stays the same when it is converted a second time', () => {
    fc.assert(
      fc.property(decoded, (value) => {
        const once = plain(value)
        expect(plain(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })

  it('has a handle for each piece of bytes, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4 })), fc.boolean(), (pieces, isMap) => {
        const seen: unknown[] = []
        toPlain(isMap ? new Map(pieces.entries()) : { pieces }, (piece) => seen.push(piece))
        expect(seen).toEqual(pieces)
      }),
    )
  })
})
