import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { raw } from '../../../src/codec/raw.js'

const codec = raw()

describe('raw()', () => {
  it('sends and receives texts and bytes unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (value) => {
        expect(codec.encode(value)).toBe(value)
        const frame = typeof value === 'string' ? value : value.buffer
        expect(codec.decode(frame)).toBe(frame)
      }),
    )
  })

  it('sends a Blob', () => {
    const blob = new Blob(['abc'])
    expect(codec.encode(blob)).toBe(blob)
  })

  it('asks for Blobs with binaryType: blob', () => {
    expect([codec.binaryType, raw({ binaryType: 'blob' }).binaryType]).toEqual(['arraybuffer', 'blob'])
  })

  it('has plainText, because a ping may be data', () => {
    expect(codec.plainText).toBe(true)
  })

  it('has a subprotocol only if one is given', () => {
    expect(codec).not.toHaveProperty('subprotocol')
    expect(raw({ subprotocol: 'bytes' }).subprotocol).toBe('bytes')
  })

  it.each<[what: string, value: unknown]>([
    ['a number', 1],
    ['null', null],
    ['undefined', undefined],
    ['an object', { byteLength: 1 }],
    ['an array', [1]],
  ])('refuses to send %s', (_what, value) => {
    expect(() => codec.encode(value as string)).toThrow(/raw\(\) sends strings and bytes/)
  })
})
