import { describe, expect, it } from '@jest/globals'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import { startRedis } from '../../support/redisServer.js'
import { connectClient, startServer, type TestServer } from '../support.js'

/** A server on the bus, whose users are named by the url. Resolves when the bus is connected. */
const start = async (url: string): Promise<TestServer> => {
  const bus = redisBus({ url })
  const settings: SocketServerSettings = {
    bus,
    authorize: (req) => req.url?.slice(1) ?? false,
    userId: (user) => String(user),
  }
  const connected = new Promise<void>((resolve) => bus.onStatus?.(({ isConnected }) => isConnected && resolve()))
  const running = await startServer(settings)
  await connected
  return running
}

describe('the users of nodes that share Redis', () => {
  it('get what is sent to them and are disconnected on every node, in that order', async () => {
    await using redis = await startRedis()
    await using left = await start(redis.url)
    await using right = await start(redis.url)
    const near = await connectClient(left, '/ada')
    const far = await connectClient(right, '/ada')
    const other = await connectClient(right, '/bob')
    for (let i = 0; i < 100; i++) left.server.user('ada').send(i)
    expect(await left.server.disconnectUser('ada', 4401, 'signed out')).toBe(1)
    for (const { client } of [near, far]) {
      for (let i = 0; i < 100; i++) expect(await client.next()).toBe(i)
      expect(await client.closed).toEqual({ code: 4401, reason: 'signed out' })
    }
    expect(other.connection.isOpen).toBe(true)
    expect([...left.codes(), ...right.codes()]).toEqual([])
  })
})
