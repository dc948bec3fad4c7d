import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware } from '../../../src/index.js'
import { joinUrl } from '../../../src/features/address.js'
import { inDevelopment } from '../../support/mode.js'

// Of a repeated key only the last value was kept. An object became [object Object], NaN a text, a Date a text of the local language.

const query = (params: unknown, base = 'ws://a.test/') => joinUrl(base, undefined, params).search

describe('params', () => {
  it('keep repeated keys of URLSearchParams, in place of those of the url', () => {
    expect(query(new URLSearchParams('id=1&id=2&x=3'), 'ws://a.test/?id=0&y=4')).toBe('?id=1&y=4&id=2&x=3')
  })

  it('leave out null and undefined, and keep what the url has', () => {
    expect(query({ a: null, b: undefined, c: '' }, 'ws://a.test/?a=1')).toBe('?a=1&c=')
  })

  it('send a Date as ISO 8601', () => {
    expect(query({ since: new Date(0), n: 0, ok: false })).toBe('?since=1970-01-01T00%3A00%3A00.000Z&n=0&ok=false')
  })
})

inDevelopment(() => {
  describe('params in development', () => {
    it.each<[what: string, value: unknown]>([
      ['an object', { a: 1 }],
      ['an array', [1]],
      ['a Map', new Map()],
      ['NaN', Number.NaN],
      ['Infinity', Infinity],
      ['an invalid Date', new Date(Number.NaN)],
      ['a function', () => 1],
    ])('refuse %s, with the name of the key', (_what, value) => {
      expect(() => query({ ok: 1, key: value })).toThrow(
        expect.objectContaining({ code: 'invalid_url', message: expect.stringContaining('"key"') }),
      )
    })

    it.each<[what: string, value: unknown]>([
      ['a Map', new Map([['a', 1]])],
      ['an array', ['a']],
      ['a text', 'a=1'],
    ])('refuse %s in place of the object', (_what, params) => {
      expect(() => query(params)).toThrow(expect.objectContaining({ code: 'invalid_url' }))
      expect(() => createSocketMiddleware({ params: params as never })).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    })
  })
})
