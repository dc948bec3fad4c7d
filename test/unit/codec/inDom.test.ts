/** @jest-environment ./test/env/dom.cjs */
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { json } from '../../../src/codec/json.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import { problemOf, sent, through } from './frames.js'

// jsdom has no TextEncoder, and in a page bytes may come from another realm: an iframe, or Node's own sockets under a test runner.

/** The same bytes, of another realm. */
const foreign = (bytes: Uint8Array): Uint8Array =>
  runInNewContext('Uint8Array.from(bytes)', { bytes: Array.from(bytes) }) as Uint8Array

describe('a codec in a page', () => {
  const value = { at: new Date(1500), part: new Uint8Array([1, 2]), list: [1, { a: 'é' }], id: 2n ** 60n }

  it.each([cbor(), msgpack()])('carries the values that it carries in Node, %#', (codec) => {
    expect(through(codec, value)).toEqual(value)
  })

  it.each([cbor(), msgpack()])('carries bytes of another realm, in frames of another realm, %#', (codec) => {
    const part = foreign(new Uint8Array([1, 2]))
    expect(part).not.toBeInstanceOf(Uint8Array)
    const frame = foreign(new Uint8Array(sent(codec, { ...value, part }))).buffer as ArrayBuffer
    expect(codec.decode(frame)).toEqual(value)
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
    for (const bytes of [
      foreign(new Uint8Array(2)),
      new Uint8Array(2),
      new ArrayBuffer(2),
      new Blob(['a']),
      new File(['a'], 'a.txt'),
    ]) {
      expect(json().encode(bytes)).toBe(bytes)
    }
  })
})
