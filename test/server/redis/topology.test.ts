import { describe, expect, it } from '@jest/globals'
import type { BusStatus, ServerConnection } from '../../../src/server/index.js'
import { redisBus, type RedisBusOptions } from '../../../src/server/redis/index.js'
import type { RedisServer } from '../../support/redisServer.js'
import { command, startRedisCluster, startSentinelGroup } from '../../support/redisTopology.js'
import { connectClient, createQueue, startServer } from '../support.js'

const password = 'swordfish7'

/** A node whose bus is connected. */
const startNode = async (options: RedisBusOptions, name: string) => {
  const bus = redisBus(options)
  const statuses = createQueue<BusStatus>()
  bus.onStatus?.(statuses.push)
  const until = async (isConnected: boolean): Promise<void> => {
    if ((await statuses.next()).isConnected !== isConnected) await until(isConnected)
  }
  const running = await startServer({
    bus,
    presence: (_connection: ServerConnection) => ({ id: name }),
    nodeTimeout: 1_500,
  })
  const members = createQueue<string>()
  running.server.on('join', (_channel, { id }) => members.push(`+${id}`))
  running.server.on('leave', (_channel, { id }) => members.push(`-${id}`))
  const { client } = await connectClient(running)
  await until(true)
  await client.request('subscribe', ['room'])
  return { running, client, until, members, [Symbol.asyncDispose]: running[Symbol.asyncDispose] }
}

type TestNode = Awaited<ReturnType<typeof startNode>>

/** The next text. After an outage the node first tells its subscribers that they may have missed something (`$/missed`). */
const nextText = async (node: TestNode): Promise<string> => {
  const message: unknown = await node.client.next()
  return typeof message === 'string' ? message : await nextText(node)
}

/** Sends from each node to the clients of both, and expects each text once. */
const expectBothDirections = async (left: TestNode, right: TestNode, word: string): Promise<void> => {
  left.running.server.broadcast(`${word} from left`)
  expect(await nextText(right)).toBe(`${word} from left`)
  right.running.server.broadcast(`${word} from right`)
  expect(await nextText(left)).toBe(`${word} from left`)
  expect(await nextText(left)).toBe(`${word} from right`)
  expect(await nextText(right)).toBe(`${word} from right`)
}

const addressOf = ({ port }: RedisServer) => ({ host: '127.0.0.1', port })

/** A port on which nothing listens. */
const nowhere = { host: '127.0.0.1', port: 1 }

describe('redisBus with Sentinel', () => {
  it('connects to the master, and to the new one after a failover', async () => {
    await using group = await startSentinelGroup('chat', password)
    const sentinel = {
      name: 'chat',
      // One that answers is enough.
      sentinelRootNodes: [nowhere, addressOf(group.sentinel)],
      nodeClientOptions: { password },
    }
    await using left = await startNode({ sentinel }, 'left')
    await using right = await startNode({ sentinel }, 'right')
    await expectBothDirections(left, right, 'before')
    expect(await left.members.next()).toBe('+left')
    expect(await left.members.next()).toBe('+right')

    await group.master.kill()
    await Promise.all([left.until(false), right.until(false)])
    await Promise.all([left.until(true), right.until(true)])
    expect(await command(group.replica.url, ['ROLE'])).toEqual(expect.arrayContaining(['master']))
    await expectBothDirections(left, right, 'after')
    expect(left.running.codes()).toContain('bus_disconnected')
    expect(left.running.problems.all.map(({ message }) => message).join()).not.toContain(password)
  })

  it('does not use a Redis that is a replica, and reports an unknown name', async () => {
    await using group = await startSentinelGroup('chat', password)
    const sentinelRootNodes = [addressOf(group.sentinel)]
    const nodeClientOptions = { password }
    const replica = { ...addressOf(group.replica) }
    const targets = [
      { name: 'chat', nodeAddressMap: { [`127.0.0.1:${group.master.port}`]: replica } },
      { name: 'chat', nodeAddressMap: () => replica },
      { name: 'other' },
    ]
    const messages: string[] = []
    for (const target of targets) {
      // oxlint-disable-next-line no-await-in-loop
      await using running = await startServer({
        bus: redisBus({ sentinel: { sentinelRootNodes, nodeClientOptions, ...target } }),
      })
      // oxlint-disable-next-line no-await-in-loop
      const { code, message } = await running.problems.next()
      messages.push(`${code}: ${message}`)
    }
    expect(messages).toEqual([
      expect.stringMatching(/^bus_disconnected: .*not a master/),
      expect.stringMatching(/^bus_disconnected: .*not a master/),
      expect.stringMatching(/^bus_disconnected: .*named "other"/),
    ])
  })
})

describe('redisBus with Redis Cluster', () => {
  it('reaches nodes whose bus is connected to another node of the cluster, and moves when its own is gone', async () => {
    await using cluster = await startRedisCluster(password)
    const [first, second, third] = cluster.nodes as [RedisServer, RedisServer, RedisServer]
    const target = (...servers: readonly RedisServer[]) => ({
      cluster: {
        rootNodes: servers.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
        defaults: { password },
      },
    })
    await using left = await startNode(target(first, second), 'left')
    await using right = await startNode(target(third), 'right')
    await expectBothDirections(left, right, 'before')

    const channels = await command(first.url, ['PUBSUB', 'CHANNELS'])
    const used = (channels as unknown[]).length > 0 ? first : second
    await used.kill()
    await left.until(false)
    await left.until(true)
    await expectBothDirections(left, right, 'after')
    expect(left.running.problems.all.map(({ message }) => message).join()).not.toContain(password)
  })
})

describe('redisBus', () => {
  it.each([
    ['a sentinel without a name', { sentinel: { sentinelRootNodes: [nowhere] } }, '"sentinel"'],
    ['a sentinel without addresses', { sentinel: { name: 'x', sentinelRootNodes: [] } }, 'sentinelRootNodes'],
    [
      'a sentinel with a malformed address',
      { sentinel: { name: 'x', sentinelRootNodes: ['x:1'] } },
      'sentinelRootNodes',
    ],
    ['a cluster without nodes', { cluster: {} }, 'rootNodes'],
    ['a cluster with a malformed node', { cluster: { rootNodes: ['redis://x'] } }, 'rootNodes'],
    ['two targets', { url: 'redis://x', cluster: { rootNodes: [{}] } }, '"url" and "cluster"'],
    ['no target', {}, '"sentinel" or "cluster"'],
  ])('throws invalid_option for %s', (_name, options, text) => {
    expect(() => redisBus(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(text) }),
    )
  })
})
