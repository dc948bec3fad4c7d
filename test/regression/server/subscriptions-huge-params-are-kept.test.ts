import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// Params are kept as long as the subscription: a thousand of a megabyte each take a gigabyte.
describe('subscribe', () => {
  it('refuses params above 64 KiB, alone and in a batch, and accepts smaller ones', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const huge = 'x'.repeat(64 * 1024)
    expect((await client.request('subscribe', ['a', huge])).error?.code).toBe(-32602)
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: ['a'] },
      { jsonrpc: '2.0', id: 2, method: 'subscribe', params: ['b', huge] },
    ])
    expect(await client.next()).toMatchObject([{ result: 'a#1' }, { error: { code: -32602 } }])
    expect((await client.request('subscribe', ['a', 'x'.repeat(60 * 1024)])).result).toBe('a#2')
    expect(connection.subscriptions).toHaveLength(2)
  })
})
