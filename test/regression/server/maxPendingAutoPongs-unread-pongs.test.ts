import { describe, expect, it } from '@jest/globals'
import { createQueue, connectClient, startServer } from '../../server/support.js'

// `ws` answers ping frames itself, without `maxBufferedBytes`: its own bound must hold.
describe('a client that sends ping frames and reads nothing', () => {
  it('is disconnected before its pongs take much memory', async () => {
    await using running = await startServer({ closeTimeout: 20 })
    const removed = createQueue<number>()
    let most = 0
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const { client, connection } = await connectClient(running)
    connection.ws.on('ping', () => {
      most = Math.max(most, connection.bufferedAmount)
    })
    client.ws.pause()
    const body = Buffer.alloc(125, 'x')
    for (let round = 0; removed.all.length === 0 && round < 1_000; round++) {
      for (let count = 0; count < 1_000; count++) client.ws.ping(body)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(removed.all).toEqual([1006])
    expect(most).toBeLessThan(2 * 1024 * 1024)
  })
})
