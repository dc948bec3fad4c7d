import { describe, expect, it } from '@jest/globals'
import { startServer } from '../../server/support.js'

describe('a predicate "origin" that returns a promise', () => {
  it('refuses all clients, because a promise is not true', async () => {
    await using running = await startServer({ origin: (async () => await Promise.resolve(false)) as never })
    const client = await running.connect('/', { headers: { origin: 'https://evil.example' } })
    expect((await client.closed).code).toBe(4403)
  })
})
