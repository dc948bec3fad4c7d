import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { compareAddresses, nextAddress, redact, resolveAddress } from '../../../src/connection/address.js'
import { joinUrl, socketEndpoint } from '../../../src/features/address.js'
import { sentence } from '../../support/mode.js'
import type { Address, AttemptContext } from '../../../src/connection/types.js'

const resolveTarget = async (address: Address, context: AttemptContext) =>
  await resolveAddress(address, context, [], joinUrl)

const context: AttemptContext = { attempt: 2, reason: 'retry', lastClose: null, signal: new AbortController().signal }
const urlOf = async (address: Address) => (await resolveTarget(address, context)).url

const visit = (href: string) => Object.assign(globalThis, { location: { href } })
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'location')
})

describe('socketEndpoint', () => {
  it.each([
    ['ws://a.test', undefined, 'ws://a.test/ws'],
    ['ws://a.test/', undefined, 'ws://a.test/ws'],
    ['ws://a.test', 'live', 'ws://a.test/live'],
    ['ws://a.test', '/live', 'ws://a.test/live'],
    ['ws://a.test/', '/live', 'ws://a.test/live'],
    ['ws://a.test//', '//live', 'ws://a.test/live'],
    ['ws://a.test/api/', '/live/', 'ws://a.test/api/live/'],
    ['ws://a.test', '', 'ws://a.test/'],
    ['  ws://a.test \n', '/live', 'ws://a.test/live'],
    ['https://a.test', '/live', 'https://a.test/live'],
    ['ws://a.test/api?token=1', '/live', 'ws://a.test/api/live?token=1'],
    ['ws://a.test/?token=/', '/live', 'ws://a.test/live?token=/'],
    ['', '/live', '/live'],
  ])('joins %j and %j with one slash: %s', (base, path, joined) => {
    expect(socketEndpoint(base, path)).toBe(joined)
  })

  it('accepts a URL', () => {
    expect(socketEndpoint(new URL('wss://a.test'), 'live')).toBe('wss://a.test/live')
  })
})

describe('the address of an attempt', () => {
  it.each([
    ['ws://a.test/x', 'ws://a.test/x'],
    ['wss://a.test:8443/x?y=z', 'wss://a.test:8443/x?y=z'],
    ['http://a.test', 'ws://a.test/'],
    ['https://a.test/x', 'wss://a.test/x'],
    ['HTTPS://A.test/x', 'wss://a.test/x'],
    ['ws://a.test/x#part', 'ws://a.test/x'],
    ['  ws://a.test/x  ', 'ws://a.test/x'],
    ['ws://a.test/x/', 'ws://a.test/x/'],
    ['ws://user:secret@a.test/x', 'ws://user:secret@a.test/x'],
  ])('for %j is %s', async (url, resolved) => {
    expect(await urlOf({ url })).toBe(resolved)
    expect(await urlOf({ url: new URL(url.trim()) })).toBe(resolved)
  })

  it('is the url unchanged without a path, and has the path joined', async () => {
    expect(await urlOf({ url: 'ws://a.test' })).toBe('ws://a.test/')
    expect(await urlOf({ url: 'ws://a.test/', path: '/ws' })).toBe('ws://a.test/ws')
    expect(await urlOf({ url: 'ws://a.test/api?x=1', path: 'live' })).toBe('ws://a.test/api/live?x=1')
  })

  it.each([
    ['https://page.test/app/index.html', 'wss://page.test/ws'],
    ['http://page.test:3000/?q=1#top', 'ws://page.test:3000/ws'],
  ])('defaults to the origin of the page %s, and /ws', async (href, resolved) => {
    visit(href)
    expect(await urlOf({})).toBe(resolved)
  })

  it.each([
    ['/live', 'wss://page.test/live'],
    ['live', 'wss://page.test/app/live'],
    ['?x=1', 'wss://page.test/app/index.html?x=1'],
    ['//other.test/live', 'wss://other.test/live'],
  ])('for the relative url %j is relative to the page: %s', async (url, resolved) => {
    visit('https://page.test/app/index.html')
    expect(await urlOf({ url })).toBe(resolved)
  })

  it('has the params in its query: they replace existing ones, null and undefined are left out, falsy ones are not', async () => {
    const params = { token: 'a b&c', page: 0, on: false, empty: '', none: null, unset: undefined }
    expect(await urlOf({ url: 'ws://a.test/?token=old&keep=1', params })).toBe(
      'ws://a.test/?token=a+b%26c&keep=1&page=0&on=false&empty=',
    )
  })

  it('has the subprotocols that are given', async () => {
    const protocolsOf = async (protocols: Exclude<Address['protocols'], undefined>) =>
      await resolveTarget({ url: 'ws://a.test', protocols }, context)
    expect(await protocolsOf('chat')).toEqual({ url: 'ws://a.test/', protocols: 'chat' })
    expect(await protocolsOf(['v2', 'v1'])).toEqual({ url: 'ws://a.test/', protocols: ['v2', 'v1'] })
    expect(await protocolsOf([])).toEqual({ url: 'ws://a.test/' })
    expect(await protocolsOf('')).toEqual({ url: 'ws://a.test/' })
  })
})

describe('an invalid address', () => {
  it.each([
    ['ftp://a.test', 'got the protocol "ftp:"'],
    ['mailto:a@b.test', 'got the protocol "mailto:"'],
    ['ws://', 'Invalid URL'],
    ['/live', 'Invalid URL'],
    ['', 'Invalid URL'],
    [42, 'got 42'],
    [null, 'got null'],
    [{}, 'got an object'],
    [['ws://a.test'], 'got an array'],
  ])('of %j fails with invalid_url and says what came: %s', async (url, got) => {
    await expect(urlOf({ url: url as string })).rejects.toMatchObject({
      code: 'invalid_url',
      message: sentence(new RegExp(`^Expected a ws, wss, http or https URL, or one relative to a page; .*${got}`)),
    })
  })

  it('is that of no url outside a page', async () => {
    await expect(urlOf({})).rejects.toMatchObject({
      code: 'invalid_url',
      message: sentence(/got none, and there is no page. Give the option "url".$/),
    })
  })

  it('may come from a function too', async () => {
    await expect(urlOf({ url: () => 7 as never })).rejects.toMatchObject({ code: 'invalid_url' })
  })
})

describe('functions for url, params and protocols', () => {
  it('are called once each and at the same time, with the attempt as argument', async () => {
    const pending: (() => void)[] = []
    const later =
      <Value>(value: Value) =>
      async (): Promise<Value> =>
        await new Promise((resolve) => pending.push(() => resolve(value)))
    const url = jest.fn<(given: AttemptContext) => Promise<string>>(later('ws://a.test/'))
    const params = jest.fn<(given: AttemptContext) => Promise<{ token: string }>>(later({ token: 'fresh' }))
    const protocols = jest.fn<(given: AttemptContext) => Promise<string[]>>(later(['chat']))
    const target = resolveTarget({ url, params, protocols }, context)
    expect(pending).toHaveLength(3)
    for (const settle of pending) settle()
    expect(await target).toEqual({ url: 'ws://a.test/?token=fresh', protocols: ['chat'] })
    for (const provider of [url, params, protocols]) expect(provider.mock.calls).toEqual([[context]])
  })

  it('may return synchronously, may return a URL, and need not include params or protocols', async () => {
    const address = {
      url: () => new URL('https://a.test/x'),
      params: () => undefined as never,
      protocols: () => undefined as never,
    }
    expect(await resolveTarget(address, context)).toEqual({ url: 'wss://a.test/x' })
  })

  it.each(['url', 'params', 'protocols'] as const)('that throw are reported with their error: %s', async (key) => {
    const failures = [
      () => {
        throw new Error('no token')
      },
      async () => await Promise.reject(new Error('no token')),
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      async () => await Promise.reject('no token'),
    ]
    for (const fail of failures) {
      await expect(urlOf({ url: 'ws://a.test', [key]: fail })).rejects.toMatchObject({
        code: 'provider_failed',
        message: expect.stringContaining('no token'),
      })
    }
  })

  it('that all throw leave no unhandled rejection', async () => {
    const fail = async () => await Promise.reject(new Error('no network'))
    await expect(urlOf({ url: fail, params: fail, protocols: fail })).rejects.toThrow('no network')
  })
})

describe('the redacted address', () => {
  it.each([
    ['ws://a.test/x', 'ws://a.test/x'],
    ['ws://a.test/x?token=secret', 'ws://a.test/x?…'],
    ['ws://a.test/?', 'ws://a.test/?…'],
    ['ws://user:secret@a.test/x', 'ws://a.test/x'],
    ['ws://user@a.test:8080', 'ws://a.test:8080'],
    ['ws://user:p%40ss@a.test/?q=a@b', 'ws://a.test/?…'],
    ['ws://a.test/people/@me', 'ws://a.test/people/@me'],
    ['ws://a.test/x?a=1?b=2', 'ws://a.test/x?…'],
  ])('of %s is %s', (url, shown) => {
    expect(redact(url)).toBe(shown)
  })
})

describe('compareAddresses', () => {
  const address: Address = { url: 'ws://a.test', path: '/ws', params: { room: 1 }, protocols: ['chat'] }
  const compare = (given: Address) => compareAddresses(address, { ...address, ...given })

  it('reports another place when url or path differ', () => {
    expect(compare({ url: 'ws://b.test' })).toEqual({ isElsewhere: true, isMoved: true })
    expect(compare({ path: '/other' })).toEqual({ isElsewhere: true, isMoved: true })
  })

  it('reports a move in place when params or protocols differ', () => {
    expect(compare({ params: { room: 2 } })).toEqual({ isElsewhere: false, isMoved: true })
    expect(compare({ params: new URLSearchParams({ room: '2' }) })).toEqual({ isElsewhere: false, isMoved: true })
    expect(compare({ protocols: ['chat', 'v2'] })).toEqual({ isElsewhere: false, isMoved: true })
  })

  it('reports nothing when the parts are equal or missing', () => {
    const same = { isElsewhere: false, isMoved: false }
    expect(compare({})).toEqual(same)
    expect(compare({ params: { room: 1 }, protocols: ['chat'] })).toEqual(same)
    expect(compareAddresses({ url: new URL('ws://a.test/') }, { url: 'ws://a.test/' })).toEqual(same)
  })
})

describe('a connect with a url', () => {
  const options: Address = { url: 'wss://bank.test/ws', params: { token: 'secret' }, protocols: 'v1' }

  it('keeps the params and protocols of the options for the origin of their url', () => {
    const given = { url: 'https://bank.test/other' }
    expect(nextAddress(options, options, given)).toEqual({ params: { token: 'secret' }, protocols: 'v1', ...given })
  })

  it.each(['wss://evil.test/ws', 'ws://bank.test/ws', 'an invalid url'])('drops them for %s', (url) => {
    expect(nextAddress(options, options, { url })).toEqual({ url })
  })

  it('drops them when the url of the options is a function, because its origin is not known', () => {
    const secret = { ...options, url: () => 'wss://bank.test/ws' }
    expect(nextAddress(secret, secret, { url: 'wss://bank.test/ws' })).toEqual({ url: 'wss://bank.test/ws' })
  })

  it('keeps them when the options have no url', () => {
    const params = { token: 'secret' }
    expect(nextAddress({ params }, { params }, { url: 'wss://a.test' })).toEqual({ params, url: 'wss://a.test' })
  })

  it('forgets the parts of an earlier connect, and is kept by a later connect without a url', () => {
    const there = nextAddress(options, options, { url: 'wss://a.test', params: { room: 1 } })
    expect(nextAddress(options, there, { params: { room: 2 } })).toEqual({ url: 'wss://a.test', params: { room: 2 } })
    expect(nextAddress(options, there, { url: 'wss://b.test' })).toEqual({ url: 'wss://b.test' })
  })
})
