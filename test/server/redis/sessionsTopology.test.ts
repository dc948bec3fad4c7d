import { describe, expect, it } from '@jest/globals'
import { keySlot } from '../../../src/server/redis/keySlot.js'
import { redisSessions, type NewSession, type RedisSessionsOptions } from '../../../src/server/redis/index.js'
import type { RedisServer } from '../../support/redisServer.js'
import { command, startRedisCluster, startSentinelGroup } from '../../support/redisTopology.js'
import { watchReach } from './watchReach.js'

const password = 'swordfish7'

const startStore = (options: RedisSessionsOptions) => {
  const store = redisSessions(options)
  const { stop, until } = watchReach(store)
  const dispose = async (): Promise<void> => {
    stop()
    await store.close()
  }
  return { store, until, [Symbol.asyncDispose]: dispose }
}

const newSession = (hash: string): NewSession => ({
  hash,
  id: `id of ${hash}`,
  owner: 'ann',
  node: 'n1',
  codec: '',
  ttl: 60_000,
})

describe('keySlot', () => {
  it('is the slot of Redis, with and without a hash tag', async () => {
    await using cluster = await startRedisCluster(password)
    const [{ url }] = cluster.nodes as [RedisServer]
    const keys = ['foo', 'p:s:{abc}', 'p:o:{abc}', 'a{}b', 'a{b', '{a}{b}', 'a{ü}', '😀', '', '}{x}', 'x{{a}b}']
    for (const key of keys) {
      // oxlint-disable-next-line no-await-in-loop
      expect([key, await command(url, ['CLUSTER', 'KEYSLOT', key])]).toEqual([key, keySlot(key)])
    }
  })
})

describe('redisSessions with Redis Cluster', () => {
  it('keeps sessions on all masters, and asks other processes for a release', async () => {
    await using cluster = await startRedisCluster(password)
    const target = { cluster: { rootNodes: cluster.nodes.map(({ url }) => ({ url })), defaults: { password } } }
    await using one = startStore({ ...target, prefix: 'p:' })
    await using two = startStore({ ...target, prefix: 'p:' })
    two.store.answerReleases('n2', async (hash) => await Promise.resolve(hash === 'mine'))
    await one.until(true)
    await two.until(true)
    const hashes = Array.from({ length: 20 }, (_, index) => `h${index}`)
    for (const hash of hashes) {
      // oxlint-disable-next-line no-await-in-loop
      await one.store.create(newSession(hash))
      // oxlint-disable-next-line no-await-in-loop
      expect(await one.store.append(hash, 1, [{ number: 1, frame: hash }])).toBe('ok')
      // oxlint-disable-next-line no-await-in-loop
      expect(await two.store.claim(hash, 'n2', 1, 0)).toMatchObject({ frames: [{ number: 1, frame: hash }] })
      // oxlint-disable-next-line no-await-in-loop
      expect(await one.store.acked(hash, 1, 1)).toBe('moved')
    }
    const counts = await Promise.all(cluster.nodes.map(async ({ url }) => Number(await command(url, ['DBSIZE']))))
    expect(counts.every((keys) => keys > 0 && keys % 2 === 0)).toBe(true)
    expect(counts.reduce((sum, keys) => sum + keys)).toBe(40)
    expect(await one.store.requestRelease('n2', 'mine', 1)).toBe(true)
    expect(await one.store.requestRelease('n2', 'other', 1)).toBe(false)
  })

  it('connects again when a slot has moved to another master', async () => {
    await using cluster = await startRedisCluster(password)
    const [first] = cluster.nodes as [RedisServer]
    await using one = startStore({ cluster: { rootNodes: [{ url: first.url }], defaults: { password } } })
    await one.until(true)
    const ids = await Promise.all(cluster.nodes.map(async ({ url }) => String(await command(url, ['CLUSTER', 'MYID']))))
    const slot = keySlot('s:{h1}')
    const to = slot < 16_384 / 3 ? 1 : 0
    const setSlot = ['CLUSTER', 'SETSLOT', String(slot), 'NODE', ids[to] ?? '']
    const from = cluster.nodes.findIndex((_node, index) => slot < ((index + 1) * 16_384) / 3)
    // The new owner gets a higher epoch, so that no other node claims the slot again.
    const importing = ['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', ids[from] ?? '']
    await command(cluster.nodes[to]?.url ?? '', importing, setSlot)
    for (const { url } of cluster.nodes) {
      // oxlint-disable-next-line no-await-in-loop
      await command(url, setSlot)
    }
    await expect(one.store.create(newSession('h1'))).rejects.toThrow('MOVED')
    await one.until(false)
    await one.until(true)
    const createAgain = async (): Promise<void> => {
      await one.until(true)
      await one.store.create(newSession('h1')).catch(createAgain)
    }
    await createAgain()
    expect(await one.store.peek('h1')).toMatchObject({ generation: 1, isStale: false })
  })
})

/** Resolves when a replica has the key. */
const replicated = async (url: string, key: string): Promise<void> => {
  if ((await command(url, ['EXISTS', key])) !== 1) await replicated(url, key)
}

describe('redisSessions with Sentinel', () => {
  it('answers stale after a failover, because the promoted replica may lack writes', async () => {
    await using group = await startSentinelGroup('chat', password)
    const sentinelRootNodes = [{ host: '127.0.0.1', port: group.sentinel.port }]
    await using one = startStore({ sentinel: { name: 'chat', sentinelRootNodes, nodeClientOptions: { password } } })
    await one.until(true)
    await one.store.create(newSession('h1'))
    await replicated(group.replica.url, 's:{h1}')
    await group.master.kill()
    await one.until(false)
    await one.until(true)
    expect(await command(group.replica.url, ['ROLE'])).toEqual(expect.arrayContaining(['master']))
    expect(await one.store.find('h1', 'ann', 1)).toMatchObject({ isStale: true })
    expect(await one.store.handled('h1', 1, 1)).toBe('gone')
  })
})
