import { afterEach, describe, expect, it } from '@jest/globals'
import { resolveAddress } from '../../../src/connection/address.js'
import type { Address } from '../../../src/connection/types.js'
import { joinUrl } from '../../../src/features/address.js'
import { sentence } from '../../support/mode.js'

// A function that returned undefined led to the page's own origin, with the params of the app. `<base href>` was ignored.

const context = { attempt: 0, reason: 'connect', lastClose: null, signal: new AbortController().signal } as const
const resolve = async (address: Address, join?: typeof joinUrl) =>
  (await resolveAddress(address, context, [], join)).url

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'location')
  Reflect.deleteProperty(globalThis, 'document')
})

describe('a url', () => {
  it.each([
    ['undefined, without features', undefined, undefined],
    ['null, without features', null, undefined],
    ['undefined', undefined, joinUrl],
    ['null', null, joinUrl],
  ])('that a function returns as %s is invalid_url', async (_what, url, join) => {
    Object.assign(globalThis, { location: { href: 'https://page.test/app/' } })
    await expect(resolve({ url: async () => url as never }, join)).rejects.toMatchObject({ code: 'invalid_url' })
    const withPath = { url: () => url as never, path: '/live', params: { token: 'x' } }
    await expect(resolve(withPath, joinUrl)).rejects.toMatchObject({ code: 'invalid_url' })
  })

  it('that is relative is relative to the base of the document', async () => {
    const document = { baseURI: 'https://cdn.test/app/', addEventListener: () => {}, removeEventListener: () => {} }
    Object.assign(globalThis, { location: { href: 'https://page.test/' }, document })
    expect(await resolve({ url: 'live' })).toBe('wss://cdn.test/app/live')
  })

  it.each([
    ['ftp://a.test/x', 'got the protocol "ftp:" in "ftp://a.test/x"'],
    ['/live?token=hunter2', 'Invalid URL in "/live?…"'],
  ])('that is invalid is shown, without its query: %s', async (url, text) => {
    await expect(resolve({ url })).rejects.toMatchObject({ message: sentence(new RegExp(text.replace('?', '\\?'))) })
  })
})
