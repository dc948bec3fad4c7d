import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { adviceFor, closeCodes, fitReason, isSendableCode } from '../../../src/connection/closeCodes.js'

describe('the advice of a close code', () => {
  it.each([1001, 1005, 1006, 1011, 1012, 1013, 1014, 4408, 4429])('is retry for %i', (code) => {
    expect(adviceFor(code)).toBe('retry')
  })

  it.each([1002, 1003, 1007, 1008, 1009, 1010, 3003, 4400, 4402, 4403, 4404, 4409, 4430, 4499])(
    'is stop for %i',
    (code) => {
      expect(adviceFor(code)).toBe('stop')
    },
  )

  it('is end for 1000', () => {
    expect(adviceFor(1000)).toBe('end')
  })

  it.each([3000, 4401])('is refresh for %i', (code) => {
    expect(adviceFor(code)).toBe('refresh')
  })

  it('is retry without a code', () => {
    expect(adviceFor(null)).toBe('retry')
  })

  it.each([0, 999, 1004, 1015, 1016, 2999, 3001, 3999, 4000, 4399, 4500, 4999, 65535])(
    'is retry for the unknown code %i',
    (code) => {
      expect(adviceFor(code)).toBe('retry')
    },
  )

  it('agrees with the public table, in which every code has a name', () => {
    for (const [code, [name, advice]] of Object.entries(closeCodes)) {
      expect([name, advice]).toEqual([expect.stringMatching(/^[a-z ]+$/), adviceFor(Number(code))])
    }
  })
})

describe('isSendableCode', () => {
  it.each([1000, 3000, 3999, 4000, 4999])('accepts %i', (code) => {
    expect(isSendableCode(code)).toBe(true)
  })

  it.each([0, 999, 1001, 1005, 1006, 2999, 5000, 3000.5, NaN, Infinity, -1000, '1000', null, undefined])(
    'refuses %p',
    (code) => {
      expect(isSendableCode(code)).toBe(false)
    },
  )
})

describe('fitReason', () => {
  it('keeps a reason that fits', () => {
    expect(fitReason('')).toBe('')
    expect(fitReason('x'.repeat(123))).toBe('x'.repeat(123))
  })

  it('cuts at 123 bytes of UTF-8, not at 123 characters', () => {
    expect(fitReason('x'.repeat(124))).toBe('x'.repeat(123))
    expect(fitReason('é'.repeat(62))).toBe('é'.repeat(61))
    expect(fitReason('€'.repeat(42))).toBe('€'.repeat(41))
  })

  it('never cuts inside a character', () => {
    const cut = fitReason(`${'x'.repeat(121)}😀`)
    expect(cut).toBe('x'.repeat(121))
    expect(fitReason(`${'x'.repeat(119)}😀!`)).toBe(`${'x'.repeat(119)}😀`)
  })

  it('returns the longest beginning that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (reason) => {
        const cut = fitReason(reason)
        expect(reason.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(123)
        const next = Array.from(reason.slice(cut.length)).at(0)
        expect(next === undefined || Buffer.byteLength(cut + next) > 123).toBe(true)
      }),
    )
  })
})
