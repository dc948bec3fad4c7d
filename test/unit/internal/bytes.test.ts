import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { byteLength } from '../../../src/internal/bytes.js'

describe('the byteLength of a text', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['😀', 4],
    ['a€😀é', 10],
  ])('%j is %i', (text, length) => {
    expect(byteLength(text)).toBe(length)
  })

  it.each(['\ud800', '\udc00', 'a\ud83d', '\ude00b', '\ud83d\ud83d\ude00', '\udc00\ud800', '\ud800a\udc00'])(
    'counts a lone surrogate as U+FFFD, which goes on the wire: %j',
    (text) => {
      expect(byteLength(text)).toBe(new TextEncoder().encode(text).length)
    },
  )

  it('equals what Buffer and TextEncoder return, for any text', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 })).map((units) => String.fromCharCode(...units)),
    )
    fc.assert(
      fc.property(anyText, (text) => {
        expect(byteLength(text)).toBe(Buffer.byteLength(text))
        expect(byteLength(text)).toBe(new TextEncoder().encode(text).length)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the byteLength of bytes', () => {
  it('is their length, whatever holds them', () => {
    const buffer = new ArrayBuffer(24)
    expect(byteLength(buffer)).toBe(24)
    expect(byteLength(new Uint8Array(buffer, 4, 7))).toBe(7)
    expect(byteLength(new Float64Array(buffer))).toBe(24)
    expect(byteLength(new DataView(buffer, 8))).toBe(16)
    expect(byteLength(Buffer.from('häh'))).toBe(4)
    expect(byteLength(new Blob(['häh']))).toBe(4)
  })
})
