import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// JSON.stringify left "result" out, and the client waited for a reply until its own timeout.
describe('a method that returns a value which JSON leaves out', () => {
  it.each([
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('s')],
    ['a promise of a function', async () => await Promise.resolve(() => 1)],
  ])('is answered with the internal error and reported when it returns %s', async (_name, method) => {
    await using running = await startServer()
    running.server.methods({ method })
    const { client } = await connectClient(running)
    expect(await client.request('method')).toMatchObject({ error: { code: -32603, message: 'Internal error' } })
    expect(await running.problems.next()).toMatchObject({ code: 'handler_failed' })
  })
})
