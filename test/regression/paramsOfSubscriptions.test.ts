import { describe, expect, it } from '@jest/globals'
import { meet, run } from '../server/support.js'

// They are kept as long as the subscription lives: a thousand of a megabyte each are a gigabyte.
describe('a subscription with huge params', () => {
  it('is refused, alone and in a batch; others are not', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const huge = 'x'.repeat(64 * 1024)
    expect((await client.request('subscribe', ['a', huge])).error?.code).toBe(-32602)
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: ['a'] },
      { jsonrpc: '2.0', id: 2, method: 'subscribe', params: ['b', huge] },
    ])
    expect(await client.next()).toMatchObject([{ error: { code: -32602 } }, { error: { code: -32602 } }])
    expect((await client.request('subscribe', ['a', 'x'.repeat(60 * 1024)])).result).toBe('a#1')
    expect(connection.subscriptions).toHaveLength(1)
  })
})
