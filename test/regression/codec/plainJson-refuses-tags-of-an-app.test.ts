import { describe, expect, it } from '@jest/globals'
import { json } from '../../../src/index.js'

// The search for values that JSON cannot carry took parts of a tag for the tag: a class named Info was refused, and so was a Map of Immutable.js, which has a toJSON.

const tagged = (tag: string, members: object) => ({ ...members, [Symbol.toStringTag]: tag })

describe('json()', () => {
  it.each(['Info', 'Settings', 'Identity', 'Immutable.Map', 'MapView3', 'Profile'])(
    'sends an object with the tag %s',
    (tag) => {
      expect(
        json().encode(
          new (class Own {
            inside = tagged(tag, { a: 1 })
          })(),
        ),
      ).toBe('{"inside":{"a":1}}')
    },
  )

  it.each([
    new Map(),
    new Set(),
    new ArrayBuffer(1),
    new SharedArrayBuffer(1),
    new DataView(new ArrayBuffer(1)),
    new Float64Array(1),
    new Blob([]),
    new Date(Number.NaN),
    Number.NaN,
    -Infinity,
  ])('refuses %p inside an object', (inside) => {
    expect(() => json().encode({ inside })).toThrow(/./)
  })
})
