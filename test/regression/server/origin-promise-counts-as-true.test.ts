import { describe, expect, it } from '@jest/globals'
import { run } from '../../server/support.js'

describe('a predicate "origin" that returns a promise', () => {
  it('refuses all clients, because a promise is not true', async () => {
    await using running = await run({ origin: (async () => await Promise.resolve(false)) as never })
    const client = await running.dial('/', { headers: { origin: 'https://evil.example' } })
    expect((await client.closed).code).toBe(4403)
  })
})
