import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { cbor } from '../../../src/codec/cbor.js'
import type { Bus, ChannelPosition, PublishResult } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import { startFaultProxy } from '../../support/faultProxy.js'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { startRedisCluster, startSentinelGroup } from '../../support/redisTopology.js'
import { createQueue, startServer, type Client, type TestServer } from '../support.js'

const history = { size: 1_000, ttl: 60_000 }

const startNode = async (url: string, more: object = {}, options: object = {}): Promise<TestServer> => {
  const running = await startServer({ bus: redisBus({ url, ...more }), ...options })
  running.server.channel('news', { history })
  // Resolves when the node has its connections.
  await running.server.position('news')
  return running
}

interface Answer extends ChannelPosition {
  readonly recovered: boolean
}

const subscribe = async (client: Client, since?: ChannelPosition): Promise<Answer> => {
  const ask = async (): Promise<Answer> => {
    const { result, error } = await client.request('subscribe', { channel: 'news', ...(since && { since }) })
    // −32030: the history cannot be read yet.
    return error?.code === -32030 ? await ask() : (result as Answer)
  }
  return await ask()
}

/** A client that subscribes again and again from where it stands, and records what it was told. */
const createFollower = () => {
  const got = createQueue<unknown>()
  /** Where it was told that something may be missing. */
  const losses = createQueue<ChannelPosition>()
  let position: ChannelPosition | undefined
  let client: Client | undefined
  const take = (message: { method: string; params: ChannelPosition & { data: unknown } }): void => {
    const { epoch, offset, data } = message.params
    if (message.method === '$/missed') {
      position = { epoch, offset }
      return losses.push(position)
    }
    if (offset !== position!.offset + 1) throw new Error(`after ${position!.offset} came ${offset}`)
    position = { epoch: position!.epoch, offset }
    got.push(data)
  }
  return {
    got,
    losses,
    follow: async (node: TestServer): Promise<Answer> => {
      client?.ws.terminate()
      client = await node.connect()
      const { ws } = client
      const answer = await subscribe(client, position)
      if (position && !answer.recovered) losses.push(answer)
      position = answer
      for (const message of client.received.all.slice()) take(message as never)
      ws.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as { method?: string }
        if (message.method) take(message as never)
      })
      return answer
    },
    until: async (data: unknown): Promise<void> => {
      while ((await got.next()) !== data);
    },
    leave: () => client?.ws.terminate(),
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('channels with history on several nodes', () => {
  let redis: RedisServer
  let serial = 0
  const prefixed = () => ({ prefix: `t${++serial}:` })

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(async () => await redis[Symbol.asyncDispose]())

  it('have one numbering, and each client gets everything once, in order, on any node', async () => {
    const prefix = prefixed()
    await using one = await startNode(redis.url, prefix)
    await using two = await startNode(redis.url, prefix)
    await using three = await startNode(redis.url, prefix)
    const nodes = [one, two, three]
    const follower = createFollower()
    await follower.follow(one)
    const results: Promise<PublishResult>[] = []
    const publish = (count: number): void => {
      for (let index = 0; index < count; index++)
        results.push(nodes[results.length % 3]!.server.publish('news', results.length + 1))
    }
    for (let round = 0; round < 12; round++) {
      publish(20)
      expect(await follower.follow(nodes[(round + 1) % 3]!)).toMatchObject({ recovered: true })
      publish(5)
    }
    const published = await Promise.all(results)
    expect(published.map(({ offset }) => offset!).toSorted((a, b) => a - b)).toEqual(numbers(1, 300))
    expect(new Set(published.map(({ epoch }) => epoch)).size).toBe(1)
    const order = published.map(({ offset }, index) => [offset, index + 1]).toSorted(([a], [b]) => a! - b!)
    await follower.until(order.at(-1)![1])
    expect(follower.got.all).toEqual(order.map(([, data]) => data))
    expect(follower.losses.all).toEqual([])
    follower.leave()
  })

  it('carry binary frames, and say how many subscriptions of the node were reached', async () => {
    const prefix = prefixed()
    await using left = await startNode(redis.url, prefix, { codec: cbor() })
    await using right = await startNode(redis.url, prefix, { codec: cbor() })
    const added = new Promise<void>((resolve) => {
      right.server.on('add', (connection) => {
        connection.subscribe('news')
        resolve()
      })
    })
    const client = await right.connect('/', { protocols: ['cbor'] })
    await added
    const data = { n: 1, bytes: Uint8Array.of(1, 2, 255) }
    expect(await left.server.publish('news', data)).toMatchObject({ reached: 0, offset: 1 })
    const frame = (await client.next()) as Buffer
    const { params } = cbor().decode(Uint8Array.from(frame).buffer) as { params: { data: typeof data; offset: number } }
    expect([params.offset, params.data.n, [...params.data.bytes]]).toEqual([1, 1, [1, 2, 255]])
    expect(await right.server.publish('news', 'x')).toMatchObject({ reached: 1, offset: 2 })
  })

  it('keep as much as the size says, in keys with a ttl', async () => {
    const { prefix } = prefixed()
    await using node = await startNode(redis.url, { prefix })
    node.server.channel('small', { history: { size: 2, ttl: 5_000 } })
    const { epoch } = await node.server.position('small')
    for (const data of ['a', 'b', 'c']) await node.server.publish('small', data)
    const client = await node.connect()
    const recovered = async (offset: number) => {
      const { result } = await client.request('subscribe', { channel: 'small', since: { epoch, offset } })
      return (result as Answer).recovered
    }
    expect([await recovered(0), await recovered(1), await recovered(3), await recovered(4)]).toEqual([
      false,
      true,
      true,
      false,
    ])
    const reader = await createClient({ url: redis.url }).connect()
    expect(await reader.xLen(`${prefix}c:{small}`)).toBe(2)
    expect(await reader.pTTL(`${prefix}c:{small}`)).toBeLessThanOrEqual(5_000)
    expect(await reader.pTTL(`${prefix}c:{small}:m`)).toBeGreaterThan(23 * 3_600_000)
    // What Redis evicts is never mistaken for what is there.
    await reader.del(`${prefix}c:{small}:m`)
    expect(await node.server.publish('small', 'd')).toMatchObject({ offset: 1 })
    expect(await recovered(1)).toBe(false)
    await reader.close()
  })

  it('report an announcement that cannot be read, and ignore it', async () => {
    const { prefix } = prefixed()
    await using node = await startNode(redis.url, { prefix })
    const writer = await createClient({ url: redis.url }).connect()
    for (const text of ['', 'e 1 {', 'e 1 null', 'e 1 {"channel":1,"text":"1"}', 'e 1 {"channel":"news"}'])
      await writer.publish(`${prefix}reduplex.history`, text)
    await writer.close()
    for (let count = 0; count < 5; count++) expect((await node.problems.next()).code).toBe('bus_message_invalid')
    expect(await node.server.publish('news', 1)).toMatchObject({ offset: 1 })
  })

  it('are caught up when a node was cut off, without a loss', async () => {
    const prefix = prefixed()
    await using proxy = await startFaultProxy(redis.port)
    await using cutOff = await startNode(`redis://127.0.0.1:${proxy.port}`, prefix)
    await using other = await startNode(redis.url, prefix)
    const follower = createFollower()
    await follower.follow(cutOff)
    await other.server.publish('news', 1)
    await follower.until(1)
    for (let round = 0; round < 5; round++) {
      await proxy.refuse('reset')
      proxy.drop()
      await other.server.publish('news', 2 + 2 * round)
      await proxy.resume()
      await other.server.publish('news', 3 + 2 * round)
      await follower.until(3 + 2 * round)
    }
    expect(follower.got.all).toEqual(numbers(1, 11))
    expect(follower.losses.all).toEqual([])
    // What is published on a node that knows that it is cut off waits.
    await proxy.refuse('reset')
    const lost = new Promise<void>((resolve) => {
      cutOff.server.on('error', ({ message }) => {
        if (message.includes('histories')) resolve()
      })
    })
    proxy.drop()
    await lost
    const waiting = cutOff.server.publish('news', 12)
    await proxy.resume()
    expect(await waiting).toMatchObject({ offset: 12 })
    await follower.until(12)
    follower.leave()
  })
})

/** Waits for the connections to Redis: on a busy machine those to all masters of a cluster take longer than a call is patient. */
const whenReachable = async (server: TestServer['server']): Promise<void> => {
  const isReachable = server.position('news').then(
    () => true,
    () => false,
  )
  if (!(await isReachable)) await whenReachable(server)
}

describe('channels with history on other kinds of Redis', () => {
  const password = 'swordfish7'
  const startOn = async (bus: Bus): Promise<TestServer> => {
    const running = await startServer({ bus })
    running.server.channel(':name', { history })
    await whenReachable(running.server)
    return running
  }

  it('are on all masters of a cluster, and announced to every node', async () => {
    await using cluster = await startRedisCluster(password)
    const rootNodes = cluster.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
    const defaults = { password }
    await using left = await startOn(redisBus({ cluster: { rootNodes, defaults } }))
    await using right = await startOn(redisBus({ cluster: { rootNodes: rootNodes.toReversed(), defaults } }))
    const client = await right.connect()
    const names = Array.from({ length: 12 }, (_, index) => `channel ${index}`)
    for (const channel of names) {
      const { result } = await client.request('subscribe', { channel })
      const { epoch } = result as Answer
      expect(await left.server.publish(channel, 'a')).toMatchObject({ epoch, offset: 1 })
      expect(await client.next()).toMatchObject({ params: { channel, data: 'a', offset: 1 } })
      const again = await left.connect()
      const since = { epoch, offset: 0 }
      expect((await again.request('subscribe', { channel, since })).result).toMatchObject({ recovered: true })
      expect(await again.next()).toMatchObject({ params: { channel, data: 'a', offset: 1 } })
      again.ws.terminate()
    }
  })

  it('have new epochs after a failover of Sentinel', async () => {
    await using group = await startSentinelGroup('chat', password)
    const sentinel = {
      name: 'chat',
      sentinelRootNodes: [{ host: '127.0.0.1', port: group.sentinel.port }],
      nodeClientOptions: { password },
    }
    await using node = await startOn(redisBus({ sentinel }))
    const client = await node.connect()
    const { epoch } = await subscribe(client)
    await node.server.publish('news', 'before')
    await client.next()
    await group.master.kill()
    const missed = await client.next()
    expect(missed).toMatchObject({ method: '$/missed', params: { id: 'news#1' } })
    expect((missed as { params: ChannelPosition }).params.epoch).not.toBe(epoch)
    const { offset } = await node.server.publish('news', 'after')
    expect(await client.next()).toMatchObject({ params: { data: 'after', offset } })
  })
})

describe('a Redis that is restarted', () => {
  const restart = async (redis: RedisServer): Promise<void> => {
    await redis.kill()
    await redis.start()
  }

  it.each([
    ['keeps nothing', 0, {}],
    ['keeps everything', 1, { appendonly: 'yes', appendfsync: 'always' }],
  ])('and %s makes new epochs, of which everyone is told', async (_title, kept, more) => {
    await using redis = await startRedis({ more })
    await using left = await startNode(redis.url)
    await using right = await startNode(redis.url)
    const stays = createFollower()
    const returns = createFollower()
    const before = await stays.follow(left)
    await returns.follow(left)
    await right.server.publish('news', 'before')
    await Promise.all([stays.until('before'), returns.until('before')])
    returns.leave()
    await restart(redis)
    expect((await right.server.publish('news', 'after')).epoch).not.toBe(before.epoch)
    expect(await returns.follow(right)).toMatchObject({ recovered: false })
    expect(returns.losses.all).toHaveLength(1)
    expect((await stays.losses.next()).epoch).not.toBe(before.epoch)
    const { offset } = await left.server.publish('news', 'last')
    expect(offset).toBe(kept + 2)
    await Promise.all([stays.until('last'), returns.until('last')])
    expect(stays.losses.all).toHaveLength(1)
    for (const follower of [stays, returns]) follower.leave()
  })

  it('keeps the epochs with "durable", and clients are recovered', async () => {
    await using redis = await startRedis({ more: { appendonly: 'yes', appendfsync: 'always' } })
    await using left = await startNode(redis.url, { durable: true })
    await using right = await startNode(redis.url, { durable: true })
    const stays = createFollower()
    const returns = createFollower()
    await stays.follow(left)
    await returns.follow(right)
    await right.server.publish('news', 1)
    await Promise.all([stays.until(1), returns.until(1)])
    returns.leave()
    await restart(redis)
    await right.server.publish('news', 2)
    expect(await returns.follow(left)).toMatchObject({ recovered: true, offset: 1 })
    await left.server.publish('news', 3)
    await Promise.all([stays.until(3), returns.until(3)])
    for (const follower of [stays, returns]) {
      expect(follower.got.all).toEqual([1, 2, 3])
      expect(follower.losses.all).toEqual([])
      follower.leave()
    }
  })
})
