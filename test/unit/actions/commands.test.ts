import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { socketClose, socketConnect, socketReceive, socketReconnect, socketSend } from '../../../src/index.js'
import { inDevelopment } from '../../support/mode.js'

describe('socketReceive', () => {
  inDevelopment(() => {
    it.each<[unknown, string]>([
      [null, 'expected an object with maxBuffered, got null'],
      [{ maxBuffered: '1' }, 'expected "maxBuffered" to be a number, 0 or more, got "1"'],
      [{ max: 1 }, 'expected maxBuffered, got "max"'],
    ])('refuses the options %p', (options, sentence) => {
      const error = { code: 'invalid_option', message: `socketReceive: ${sentence}.` }
      expect(() => socketReceive('x', options as never)).toThrow(expect.objectContaining(error))
    })
  })
})

describe('socketConnect', () => {
  it('has no payload without options', () => {
    expect(socketConnect()).toEqual({ type: 'socket/connect', payload: undefined, meta: { socket: 'default' } })
  })

  it('converts a URL to text', () => {
    expect(socketConnect({ url: new URL('wss://a.example/ws?x=1') }).payload).toEqual({ url: 'wss://a.example/ws?x=1' })
  })

  it('keeps the text of an address, even an invalid one', () => {
    expect([socketConnect({ url: '/live' }).payload, socketConnect({ url: '' }).payload]).toEqual([
      { url: '/live' },
      { url: '' },
    ])
  })

  it('leaves out what is undefined, so that it overrides nothing', () => {
    const given = { url: undefined, path: undefined, params: { a: 1 }, keepQueue: true } as never
    const { payload } = socketConnect(given)
    expect(Object.keys(payload ?? {})).toEqual(['params', 'keepQueue'])
  })

  it.each([1, {}, null, () => 'wss://a.example'])('refuses the url %p', (url) => {
    expect(() => socketConnect({ url: url as never })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })

  inDevelopment(() => {
    it.each<[string, unknown]>([
      ['a URL', new URL('wss://a.example/')],
      ['42', 42],
      ['true', true],
      ['null', null],
      ['"wss://a.example/"', 'wss://a.example/'],
      ['an array', ['wss://a.example/']],
    ])('refuses %s in place of its options', (got, options) => {
      const error = {
        code: 'invalid_option',
        message: `socketConnect: expected an object with url, path, params, protocols, keepQueue, handover, got ${got}.`,
      }
      expect(() => socketConnect(options as never)).toThrow(expect.objectContaining(error))
    })
  })

  it('does not change the given options', () => {
    const options = Object.freeze({ url: new URL('wss://a.example/'), params: Object.freeze({ a: 1 }) })
    socketConnect(options)
    expect(options.url).toBeInstanceOf(URL)
  })
})

describe('socketSend', () => {
  it.each([0, '', false, null, undefined, [], { type: 'x' }])('carries %p unchanged', (data) => {
    expect(socketSend(data).payload).toBe(data)
  })

  it('carries its options as meta', () => {
    expect(socketSend(1, { id: 'a', whenOffline: 'drop', ttl: 5 }).meta).toEqual({
      socket: 'default',
      id: 'a',
      whenOffline: 'drop',
      ttl: 5,
    })
  })

  inDevelopment(() => {
    it.each<[unknown, string]>([
      [{ whenOffline: 'Drop' }, `expected "whenOffline" to be 'queue' or 'drop', got "Drop"`],
      [{ ttl: '5s' }, 'expected "ttl" to be a number of milliseconds, 0 or more, got "5s"'],
      [{ ttl: -1 }, 'expected "ttl" to be a number of milliseconds, 0 or more, got -1'],
      [{ ttl: NaN }, 'expected "ttl" to be a number of milliseconds, 0 or more, got NaN'],
      [{ id: 7 }, 'expected "id" to be a string, got 7'],
      [{ qos: 1 }, 'expected id, whenOffline, ttl, got "qos"'],
      [{ socket: 'default' }, 'expected id, whenOffline, ttl, got "socket"'],
      ['drop', 'expected an object with id, whenOffline, ttl, got "drop"'],
      [null, 'expected an object with id, whenOffline, ttl, got null'],
    ])('refuses the options %p', (options, sentence) => {
      const error = { code: 'invalid_option', message: `socketSend: ${sentence}.` }
      expect(() => socketSend(1, options as never)).toThrow(expect.objectContaining(error))
    })
  })

  it('takes options that are undefined', () => {
    expect(socketSend(1, undefined).meta).toEqual({ socket: 'default' })
    expect(socketSend(1, { ttl: undefined as never }).meta).toEqual({ socket: 'default', ttl: undefined })
  })

  it('gives every action a meta of its own', () => {
    const options = { id: 'a' }
    expect(socketSend(1, options).meta).not.toBe(options)
  })
})

describe('socketReconnect', () => {
  it('takes no argument, not even a click event', () => {
    const onClick = socketReconnect as (event: unknown) => unknown
    expect(onClick({ target: {} })).toEqual({
      type: 'socket/reconnect',
      payload: undefined,
      meta: { socket: 'default' },
    })
  })
})

describe('socketClose', () => {
  it('closes with 1000 by default', () => {
    expect(socketClose()).toEqual({
      type: 'socket/close',
      payload: { code: 1000, reason: '' },
      meta: { socket: 'default' },
    })
  })

  it.each([1000, 3000, 4000, 4999])('accepts the code %d', (code) => {
    expect(socketClose(code, 'bye').payload).toEqual({ code, reason: 'bye' })
  })

  it.each([0, -1, 999, 1001, 1005, 1006, 1015, 2999, 5000, 3000.5, NaN, Infinity, '1000', null, {}])(
    'refuses the code %p before anything happens',
    (code) => {
      expect(() => socketClose(code as number)).toThrow(
        expect.objectContaining({ code: 'invalid_close_code', message: expect.stringContaining('socketClose') }),
      )
    },
  )
})

describe('the reason of a close', () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length
  const reasonOf = (text: string) => socketClose(1000, text).payload.reason
  /** Text of all widths, one to four bytes a character, long enough to be cut. */
  const texts = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀'), minLength: 0, maxLength: 200 })

  it('fits into a close frame', () => {
    fc.assert(fc.property(texts, (text) => expect(bytes(reasonOf(text))).toBeLessThanOrEqual(123)))
  })

  it('is the beginning of the given text, cut between two characters', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const kept = Array.from(reasonOf(text))
        const characters = Array.from(text)
        expect(kept).toEqual(characters.slice(0, kept.length))
        // Not one character shorter than necessary.
        expect(kept.length === characters.length || bytes(characters.slice(0, kept.length + 1).join('')) > 123).toBe(
          true,
        )
      }),
    )
  })

  it.each([
    ['a', 123],
    ['é', 61],
    ['漢', 41],
    ['😀', 30],
  ])('of many %s keeps %d of them', (character, count) => {
    expect(reasonOf(character.repeat(200))).toBe(character.repeat(count))
  })
})
