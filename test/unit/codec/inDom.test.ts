/** @jest-environment ./test/env/dom.cjs */
import { describe, expect, it, jest } from '@jest/globals'
import type { Codec } from '../../../src/index.js'
import { cbor } from '../../../src/codec/cbor.js'
import { json } from '../../../src/codec/json.js'
import { problemOf, through } from './frames.js'

// In this environment Date, Map and Blob are of one realm, Uint8Array, ArrayBuffer and DataView of another. The package
// @msgpack/msgpack asks on import whether DataView throws a RangeError: it has to be that realm's.
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

describe('the codecs in a page', () => {
  const value = { at: new Date(1500), part: new Uint8Array([1, 2]), list: [1, { a: 'é' }], id: 2n ** 60n }

  it.each([cbor(), msgpack()])('carry what they carry elsewhere, %#', (codec) => {
    expect(through(codec, value)).toEqual(value)
  })

  it('carry a Map and a Set, where there is room for them', () => {
    const both = [new Map([[1, { a: 1 }]]), new Set(['a'])]
    expect(through(cbor(), both)).toEqual(both)
  })

  it.each([cbor(), msgpack()])('know a Blob and a File of the page, %#', (codec) => {
    expect(problemOf(() => codec.encode([new Blob(['a'])])).message).toContain('cannot carry a Blob')
    expect(problemOf(() => codec.encode([new File(['a'], 'a.txt')])).message).toContain('cannot carry a File')
  })

  it('send bytes and a Blob as they are beside JSON', () => {
    for (const bytes of [new Uint8Array(2), new ArrayBuffer(2), new Blob(['a']), new File(['a'], 'a.txt')]) {
      expect(json().encode(bytes)).toBe(bytes)
    }
  })
})
