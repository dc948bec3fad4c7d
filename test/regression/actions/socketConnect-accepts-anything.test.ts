import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketConnect, socketEndpoint } from '../../../src/index.js'
import { resolveAddress } from '../../../src/connection/address.js'
import type { Address, AttemptContext } from '../../../src/connection/types.js'
import { joinUrl } from '../../../src/features/address.js'

const resolveTarget = async (address: Address, context: AttemptContext) =>
  await resolveAddress(address, context, [], joinUrl)

// Only the url of a connect was checked: a click event that a button passed on became the payload, and a path that was a number stayed, so that every
// later connect failed too.

const invalid = expect.objectContaining({ code: 'invalid_option' })

describe('socketConnect', () => {
  it.each<[string, object]>([
    ['a path that is a number', { path: 5 }],
    ['params that are a string', { params: 'token' }],
    ['protocols that hold an object', { protocols: [{}] }],
    ['a keepQueue that is a text', { keepQueue: 'yes' }],
    ['an event that a button passes on', { type: 'click', target: {} }],
    ['a name that every object has', { constructor: 1 }],
  ])('refuses %s', (_what, options) => {
    expect(() => socketConnect(options)).toThrow(invalid)
  })

  it('accepts every valid option, and ignores undefined', () => {
    const options = { url: 'ws://a.test', path: '', params: {}, protocols: ['v1'], keepQueue: false }
    expect(socketConnect({ ...options, path: undefined } as never).payload).toEqual({ ...options, path: undefined })
    expect(socketConnect().payload).toBeUndefined()
  })
})

describe('an address', () => {
  const urlWith = async (params: URLSearchParams) =>
    await resolveTarget(
      { url: 'wss://a.test/ws?a=1', params },
      { attempt: 0, reason: 'connect', lastClose: null, signal: new AbortController().signal },
    )

  it('accepts URLSearchParams as params', async () => {
    expect(await urlWith(new URLSearchParams({ token: 'x y' }))).toEqual({ url: 'wss://a.test/ws?a=1&token=x+y' })
  })

  it('keeps both queries when base and path have one', () => {
    expect(socketEndpoint('wss://a.test?a=1', '/ws?b=2')).toBe('wss://a.test/ws?b=2&a=1')
  })

  it('may have several subprotocols', () => {
    expect(() => createSocketMiddleware({ protocols: [{}] as never })).toThrow(invalid)
  })
})
