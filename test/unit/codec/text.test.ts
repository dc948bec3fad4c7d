import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { text } from '../../../src/index.js'

const codec = text()

describe('text()', () => {
  it('receives every text that it sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(codec.decode(codec.encode(value) as string)).toBe(value)
      }),
    )
  })

  it.each(['', 'ping', '{"a":1}', '{', '__proto__', '\ud800'])('does not parse %j', (value) => {
    expect(codec.decode(value)).toBe(value)
  })

  it('has plainText, because a ping may be data', () => {
    expect(codec.plainText).toBe(true)
  })

  it('refuses a binary frame and reports its length', () => {
    expect(() => codec.decode(new ArrayBuffer(3))).toThrow(
      expect.objectContaining({ code: 'unsupported_frame', message: expect.stringContaining('3 bytes') }),
    )
  })

  it.each<[what: string, value: unknown]>([
    ['a number', 1],
    ['null', null],
    ['undefined', undefined],
    ['an object', {}],
    ['a String object', Object('a')],
  ])('refuses to send %s', (_what, value) => {
    expect(() => codec.encode(value as string)).toThrow(/text\(\) sends strings/)
  })

  it('has a subprotocol only if one is given', () => {
    expect(codec).not.toHaveProperty('subprotocol')
    expect(text({ subprotocol: 'lines' }).subprotocol).toBe('lines')
  })
})
