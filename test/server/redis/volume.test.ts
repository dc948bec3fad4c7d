import { describe, expect, it } from '@jest/globals'
import type { Bus, BusStatus } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import { connectClient, createQueue, startServer } from '../support.js'
import { startRedis } from '../../support/redisServer.js'

// Of 2500 broadcasts in one loop 500 were dropped, of ten of a megabyte two: the bounds of an outage held for a Redis that was there.

const startNode = async (url: string) => {
  const bus = redisBus({ url })
  const statuses = createQueue<BusStatus>()
  bus.onStatus?.(statuses.push)
  const running = await startServer({ bus, maxBufferedBytes: 64 * 1024 * 1024 })
  while (!(await statuses.next()).isConnected);
  return { running, statuses }
}

const startTwo = async () => {
  const redis = await startRedis()
  const [left, right] = await Promise.all([startNode(redis.url), startNode(redis.url)])
  const { client } = await connectClient(right.running)
  return {
    redis,
    left,
    right,
    client,
    [Symbol.asyncDispose]: async () => {
      await left.running[Symbol.asyncDispose]()
      await right.running[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}

describe('redisBus, while Redis is there,', () => {
  it('drops none of 2500 broadcasts in one loop', async () => {
    await using nodes = await startTwo()
    const { left, right, client } = nodes
    for (let number = 0; number < 2_500; number++) left.running.server.broadcast(number)
    for (let number = 0; number < 2_500; number++) expect(await client.next()).toBe(number)
    await left.running.server.flush()
    expect([...left.running.codes(), ...right.running.codes()]).toEqual([])
  })

  it('drops none of ten broadcasts of a megabyte', async () => {
    await using nodes = await startTwo()
    const { left, client } = nodes
    const text = 'x'.repeat(1024 * 1024)
    for (let number = 0; number < 10; number++) left.running.server.emit(`${number}`, text)
    for (let number = 0; number < 10; number++)
      expect(await client.next()).toEqual({ type: `${number}`, payload: text })
    expect(left.running.codes()).toEqual([])
  })

  it('is waited for by publish and flush', async () => {
    await using nodes = await startTwo()
    const { left, client } = nodes
    await client.request('subscribe', ['news'])
    expect(await left.running.server.publish('news', 1)).toEqual({ reached: 0 })
    expect(await client.next()).toMatchObject({ method: '$/push', params: { channel: 'news', data: 1 } })
    await expect(left.running.server.flush()).resolves.toBeUndefined()
  })
})

describe('redisBus, in an outage,', () => {
  it('rejects what is dropped where it was published, and clients learn that pushes may be missing', async () => {
    await using nodes = await startTwo()
    const { redis, left, right, client } = nodes
    await client.request('subscribe', ['news'])
    await redis.kill()
    while ((await left.statuses.next()).isConnected);
    while ((await right.statuses.next()).isConnected);
    const oldest = left.running.server.publish('news', 'oldest')
    for (let number = 0; number < 1_000; number++) left.running.server.broadcast(number)
    await expect(oldest).rejects.toMatchObject({ code: 'bus_dropped' })
    left.running.server.broadcast('one more')
    expect(left.running.codes()).toContain('bus_dropped')
    await redis.start()
    await expect(left.running.server.flush()).rejects.toMatchObject({ code: 'bus_dropped' })
    await expect(left.running.server.flush()).resolves.toBeUndefined()
    const messages: { method?: string; params?: unknown }[] = []
    do messages.push(await client.next())
    while (messages.at(-1)?.method !== '$/missed')
    expect(messages.at(-1)?.params).toEqual({ recovered: false })
  }, 30_000)
})

describe('a bus that rejects', () => {
  it('is a problem, and the rejection of publish', async () => {
    const bus: Bus = {
      publish: async () => await Promise.reject(new Error('no')),
      subscribe: () => () => {},
      close: () => {},
    }
    await using running = await startServer({ bus })
    await expect(running.server.publish('news', 1)).rejects.toThrow('no')
    running.server.broadcast(1)
    await expect(running.server.flush()).rejects.toThrow('no')
    expect(new Set(running.codes())).toEqual(new Set(['bus_failed']))
  })
})

describe('a redisBus that two servers share', () => {
  it('is closed by the last of them', async () => {
    await using redis = await startRedis()
    const bus = redisBus({ url: redis.url })
    const statuses = createQueue<BusStatus>()
    bus.onStatus?.(statuses.push)
    const one = await startServer({ bus })
    const two = await startServer({ bus })
    const other = await startNode(redis.url)
    while (!(await statuses.next()).isConnected);
    const { client } = await connectClient(two)
    await one.server.close()
    other.running.server.broadcast('still here')
    expect(await client.next()).toBe('still here')
    await two.server.close()
    expect(() => bus.publish('topic', 'late')).toThrow('closed')
    await other.running[Symbol.asyncDispose]()
  })
})
