import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// It created a subscription whose id no client knew: its pushes could not be assigned, and it could not be ended.
describe('subscribe as a notification', () => {
  it('creates no subscription, alone and in a batch, while unsubscribe as a notification ends one', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
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
