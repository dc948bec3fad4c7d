/** @jest-environment ./test/env/dom.cjs */
import { describe, expect, it, jest } from '@jest/globals'
import type { Codec } from '../../../src/index.js'
import { cbor } from '../../../src/codec/cbor.js'
import { json } from '../../../src/codec/json.js'
import { problemOf, through } from './frames.js'

// In this environment Date, Map and Blob belong to one realm, Uint8Array, ArrayBuffer and DataView to another. On import
// @msgpack/msgpack checks that DataView throws a RangeError, so the global one must be of that realm.
const msgpack = (): Codec => {
  const here = RangeError
  try {
    new DataView(new ArrayBuffer(0)).getInt8(0)
  } catch (error) {
    globalThis.RangeError = (error as Error).constructor as typeof RangeError
  }
  const module = jest.requireActual<{ msgpack: () => Codec }>('../../../src/codec/msgpack.js')
  globalThis.RangeError = here
  return module.msgpack()
}

describe('a codec in a page', () => {
  const value = { at: new Date(1500), part: new Uint8Array([1, 2]), list: [1, { a: 'é' }], id: 2n ** 60n }

  it.each([cbor(), msgpack()])('carries the values that it carries in Node, %#', (codec) => {
    expect(through(codec, value)).toEqual(value)
  })

  it('carries a Map and a Set: cbor()', () => {
    const both = [new Map([[1, { a: 1 }]]), new Set(['a'])]
    expect(through(cbor(), both)).toEqual(both)
  })

  it.each([cbor(), msgpack()])('refuses a Blob and a File of the page, %#', (codec) => {
    expect(problemOf(() => codec.encode([new Blob(['a'])])).message).toContain('cannot carry a Blob')
    expect(problemOf(() => codec.encode([new File(['a'], 'a.txt')])).message).toContain('cannot carry a File')
  })

  it('sends bytes and a Blob unchanged: json()', () => {
    for (const bytes of [new Uint8Array(2), new ArrayBuffer(2), new Blob(['a']), new File(['a'], 'a.txt')]) {
      expect(json().encode(bytes)).toBe(bytes)
    }
  })
})
