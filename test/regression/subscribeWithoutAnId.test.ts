import { describe, expect, it } from '@jest/globals'
import { meet, run } from '../server/support.js'

// It subscribed, and nobody was told the id: what came could not be told, or ended.
describe('subscribe as a notification', () => {
  it('subscribes to nothing, alone and in a batch; unsubscribe as one ends the subscription', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    client.send({ jsonrpc: '2.0', method: 'subscribe', params: ['a'] })
    client.send([{ jsonrpc: '2.0', method: 'subscribe', params: ['a'] }])
    const { result: id } = await client.request('subscribe', ['b'])
    expect(connection.subscriptions).toEqual([{ id: 'b#1', channel: 'b', params: undefined }])
    client.send({ jsonrpc: '2.0', method: 'unsubscribe', params: { id } })
    client.ws.send('ping')
    await client.next()
    expect(connection.subscriptions).toEqual([])
    expect(client.received.all).toEqual(['pong'])
  })
})
