import { describe, expect, it } from '@jest/globals'
import type { ChannelContext } from '../../../src/server/index.js'
import { connectClient, createQueue, startServer } from '../../server/support.js'

const ended = (id: string, channel: string) => ({
  jsonrpc: '2.0',
  method: '$/ended',
  params: { id, channel, error: { code: -32800, message: 'The server ended the subscription' } },
})

describe('connection.unsubscribe', () => {
  it('tells the client with $/ended, once, and stops the producer', async () => {
    const stopped = createQueue<string>()
    await using running = await startServer({
      channels: {
        ticks: (_params: unknown, { id, signal }: ChannelContext) =>
          signal.addEventListener('abort', () => stopped.push(id)),
      },
    })
    const { client, connection } = await connectClient(running)
    expect((await client.request('subscribe', ['ticks'])).result).toBe('ticks#1')
    expect(connection.unsubscribe('ticks#1')).toBe(true)
    expect(connection.unsubscribe('ticks#1')).toBe(false)
    expect(await running.server.publish('ticks', 1)).toEqual({ reached: 0 })
    connection.send('last')
    expect([await client.next(), await client.next()]).toEqual([ended('ticks#1', 'ticks'), 'last'])
    expect(stopped.all).toEqual(['ticks#1'])
  })

  it('sends $/ended after the answer to subscribe when it is called before that', async () => {
    await using running = await startServer({ authorizeChannel: () => true })
    const { client, connection } = await connectClient(running)
    const received: unknown[] = []
    client.ws.on('message', (data) => received.push(JSON.parse((data as Buffer).toString())))
    const reserved = createQueue<boolean>()
    const look = (): void => {
      const [subscription] = connection.subscriptions
      if (!subscription) return queueMicrotask(look)
      reserved.push(connection.unsubscribe(subscription.id))
      reserved.push(connection.subscriptions.length === 0)
    }
    running.server.methods({ look })
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'look' },
      { jsonrpc: '2.0', id: 2, method: 'subscribe', params: ['a'] },
    ])
    expect([await reserved.next(), await reserved.next()]).toEqual([true, true])
    expect((await client.request('subscribe', ['a'])).result).toMatch(/^a#/)
    expect(received[0]).toMatchObject([{ id: 1 }, { id: 2, result: 'a#1' }])
    expect(received[1]).toEqual(ended('a#1', 'a'))
    expect(connection.subscriptions).toHaveLength(1)
  })

  it('sends nothing for an unsubscribe of the client, nor on a closed connection', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    await client.request('subscribe', ['a'])
    expect((await client.request('unsubscribe', ['a#1'])).result).toBe(true)
    await client.request('subscribe', ['b'])
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    client.ws.terminate()
    await removed
    expect(connection.unsubscribe('b#1')).toBe(false)
    expect(client.received.all).toEqual([])
    expect(running.codes()).toEqual([])
  })
})
