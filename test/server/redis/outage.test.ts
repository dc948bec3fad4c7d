import { describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import type { BusStatus } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import { prepareRedis, startRedis } from '../../support/redisServer.js'
import { createQueue, connectClient, startServer } from '../support.js'

const start = async (bus: ReturnType<typeof redisBus>) => {
  const statuses = createQueue<BusStatus>()
  bus.onStatus?.(statuses.push)
  return { running: await startServer({ bus }), statuses }
}

/** Resolves with the first status that is this one. */
const until = async ({ next }: { next: () => Promise<BusStatus> }, isConnected: boolean): Promise<BusStatus> => {
  const status = await next()
  return status.isConnected === isConnected ? status : await until({ next }, isConnected)
}

describe('a server that starts while Redis is unreachable', () => {
  it('reports it, serves its clients, and joins the other nodes when Redis is reachable', async () => {
    await using redis = await prepareRedis()
    const one = await start(redisBus({ url: redis.url }))
    const two = await start(redisBus({ client: createClient({ url: redis.url }) }))
    await using left = one.running
    await using right = two.running
    const near = await connectClient(left)
    const far = await connectClient(right)
    expect((await left.problems.next()).code).toBe('bus_disconnected')
    expect(left.server.broadcast('early')).toBe(1)
    expect(await near.client.next()).toBe('early')
    expect(left.server.count()).toBe(1)

    const counts = createQueue<number>()
    left.server.on('presence', counts.push)
    await redis.start()
    await Promise.all([until(one.statuses, true), until(two.statuses, true)])
    expect(await counts.next()).toBe(2)
    left.server.broadcast('late')
    right.server.broadcast('back')
    expect(await near.client.next()).toBe('late')
    expect(await near.client.next()).toBe('back')
    // Whether the message that waited arrives depends on which node reconnects first; it never arrives twice.
    const last = far.client.received.all.filter((text) => text !== 'early')
    if (!last.includes('late')) while ((await far.client.next()) !== 'late');
    expect(far.client.received.all.filter((text) => text === 'early').length).toBeLessThanOrEqual(1)
  })
})

describe('a server whose password Redis rejects', () => {
  it('reports it without the password', async () => {
    await using redis = await startRedis('swordfish')
    const { running } = await start(redisBus({ url: redis.url.replace('swordfish', 'guppy123') }))
    await using left = running
    const { code, message } = await left.problems.next()
    expect(code).toBe('bus_disconnected')
    expect(message).toContain('WRONGPASS')
    expect(message).not.toContain('guppy')
  })
})

describe('two apps on one Redis', () => {
  it('receive nothing from each other when their prefixes differ', async () => {
    await using redis = await startRedis()
    const [a, b, c] = await Promise.all(
      ['a:', 'b:', 'b:'].map(async (prefix) => await start(redisBus({ url: redis.url, prefix }))),
    )
    if (!a || !b || !c) throw new Error('there are three')
    await using first = a.running
    await using second = b.running
    await using third = c.running
    for (const { statuses } of [a, b, c]) await until(statuses, true)
    const other = await connectClient(first)
    const same = await connectClient(third)
    second.server.broadcast('to my own')
    expect(await same.client.next()).toBe('to my own')
    first.server.broadcast('end')
    expect(await other.client.next()).toBe('end')
  })
})
