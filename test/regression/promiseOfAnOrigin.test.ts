import { describe, expect, it } from '@jest/globals'
import { run } from '../server/support.js'

describe('a predicate "origin" that gives a promise', () => {
  it('lets nobody in: the promise itself is not the answer', async () => {
    await using running = await run({ origin: (async () => await Promise.resolve(false)) as never })
    const client = await running.dial('/', { headers: { origin: 'https://evil.example' } })
    expect((await client.closed).code).toBe(4403)
  })
})
