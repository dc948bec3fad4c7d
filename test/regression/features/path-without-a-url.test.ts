import { afterEach, describe, expect, it } from '@jest/globals'
import { resolveAddress } from '../../../src/connection/address.js'
import type { Address, AttemptContext } from '../../../src/connection/types.js'
import { joinUrl } from '../../../src/features/address.js'

const resolveTarget = async (address: Address, context: AttemptContext) =>
  await resolveAddress(address, context, [], joinUrl)

const context = { attempt: 0, reason: 'connect', lastClose: null, signal: new AbortController().signal } as const

// The path was joined to the default: /ws/posts/live.
describe('a path without a url', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'location')
  })

  it.each([
    ['/posts/live', 'wss://page.test/posts/live'],
    ['posts/live', 'wss://page.test/posts/live'],
    ['', 'wss://page.test/ws'],
    [undefined, 'wss://page.test/ws'],
  ])('replaces /ws at the origin of the page: %j', async (path, connected) => {
    Object.assign(globalThis, { location: { href: 'https://page.test/app/index.html' } })
    expect((await resolveTarget({ ...(path !== undefined && { path }) }, context)).url).toBe(connected)
  })
})
