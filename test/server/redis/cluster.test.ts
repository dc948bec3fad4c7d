import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { createCrowd, prepareNodes, type Crowd, type CrowdClient, type Node, type Nodes } from './cluster.js'

// Three processes, one Redis, three hundred clients. Each test continues where the one before it ended.

const password = 'swordfish/7 and more'
const channels = ['even', 'odd']
let redis: RedisServer
let nodes: Nodes
let crowd: Crowd
let left: Node
let middle: Node
let right: Node
let alive: Node[]

beforeAll(async () => {
  ;[redis, nodes] = await Promise.all([startRedis(password), prepareNodes()])
  const start = async () => await nodes.start(redis.url, 1_500)
  ;[left, middle, right] = await Promise.all([start(), start(), start()])
  alive = [left, middle, right]
  await Promise.all(alive.map(async (node) => await node.until(({ isConnected }) => isConnected === true)))
  crowd = createCrowd()
  for (const node of alive) await crowd.join(node, 100, channels)
}, 30_000)

afterAll(async () => {
  crowd.end()
  await nodes[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const connected = (): readonly CrowdClient[] => crowd.all.filter(({ ws }) => ws.readyState === ws.OPEN)

/** Waits for one more message of each node: the messages of a node are in order, so no other is under way then. */
const settle = async (word: string): Promise<void> => {
  alive.forEach((node, index) => node.order({ broadcast: `${word} ${index}` }))
  await Promise.all(alive.map(async (_, index) => await crowd.whenReceived(`${word} ${index}`, connected().length)))
}

/** Sends from each node to each channel and to all clients. Each client must receive its part exactly once. */
const expectExactlyOnce = async (word: string): Promise<void> => {
  const texts = alive.flatMap((node, index) =>
    Array.from({ length: 5 }, (_, number) => {
      const text = `${word} ${index}.${number}`
      node.order({ broadcast: `${text} all` })
      for (const channel of channels) node.order({ publish: [channel, `${text} ${channel}`] })
      return text
    }),
  )
  await settle(`${word} end`)
  const wrong = connected().filter(({ channel, received }) => {
    const mine = Array.from(received).filter(([text]) => text.startsWith(`${word} `) && !text.includes('end'))
    const expected = texts.flatMap((text) => [`${text} all`, `${text} ${channel}`])
    return mine.length !== expected.length || expected.some((text) => received.get(text) !== 1)
  })
  expect(wrong).toEqual([])
}

/** Resolves when all nodes report this count. */
const presenceOf = async (count: number): Promise<(number | undefined)[]> => {
  const reports = await Promise.all(alive.map(async (node) => await node.until(({ presence }) => presence === count)))
  return reports.map(({ presence }) => presence)
}

describe('three processes that share a Redis', () => {
  it('send each publication and each broadcast to 300 clients exactly once', async () => {
    expect(connected()).toHaveLength(300)
    await expectExactlyOnce('first')
  })

  it('count the clients of all nodes', async () => {
    expect(await presenceOf(300)).toEqual([300, 300, 300])
  })

  it('report and drop malformed messages of another publisher', async () => {
    const publisher = createClient({ url: redis.url })
    await publisher.connect()
    for (const text of ['hello', '{"node":"x","text":7}', '{"node":"x","count":-1}', '[]', '{"node":"x","text":"{"}']) {
      await publisher.publish('reduplex', text)
    }
    await publisher.publish('reduplex', Buffer.from([0xff, 0xfe, 0x00]))
    await publisher.close()
    for (const node of alive) await node.until(({ problem }) => problem?.code === 'bus_message_invalid')
    await expectExactlyOnce('after malformed messages')
    expect(alive.map((node) => new Set(node.codes()))).toEqual(alive.map(() => new Set(['bus_message_invalid'])))
  })

  it('keep working and correct their counts when one of them is killed', async () => {
    await right.kill()
    alive = [left, middle]
    await presenceOf(200)
    expect(connected()).toHaveLength(200)
    await expectExactlyOnce('without the third')
  })

  it('report that Redis is gone, and still serve their own clients', async () => {
    await redis.kill()
    for (const node of alive) {
      await node.until(({ isConnected }) => isConnected === false)
      await node.until(({ problem }) => problem?.code === 'bus_disconnected')
    }
    left.order({ broadcast: 'during the outage' })
    left.order({ publish: ['odd', 'during the outage too'] })
    await crowd.whenReceived('during the outage', 100)
    await crowd.whenReceived('during the outage too', 50)
    expect(await presenceOf(100)).toEqual([100, 100])
  })

  it('reconnect when Redis is back, and send what waited once', async () => {
    await redis.start()
    for (const node of alive) await node.until(({ isConnected }) => isConnected === true)
    await presenceOf(200)
    await expectExactlyOnce('restarted')
    const times = connected().map(({ received }) => received.get('during the outage') ?? 0)
    expect(times.filter((count) => count > 1)).toEqual([])
    expect(times.filter((count) => count === 1).length).toBeGreaterThanOrEqual(100)
  })

  it('report no password and print nothing', () => {
    const reports = JSON.stringify([left.reports, middle.reports])
    expect(reports).toContain('bus_disconnected')
    expect(reports).not.toContain('swordfish')
    expect([left.stderr(), middle.stderr()]).toEqual(['', ''])
  })

  it('exit by themselves after close, with Redis and without', async () => {
    expect(await left.close()).toBe(0)
    await redis.kill()
    await middle.until(({ isConnected }) => isConnected === false)
    expect(await middle.close()).toBe(0)
  })
})
