import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createClient } from 'redis'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { createCrowd, prepareNodes, type Crowd, type Listener, type Node, type Nodes } from './cluster.js'

// Three processes, one Redis, three hundred clients; each test goes on where the one before it ended.

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

const listening = (): readonly Listener[] => crowd.all.filter(({ ws }) => ws.readyState === ws.OPEN)

/** What comes from one node stays in order, so behind a word from each nothing is left under way. */
const settle = async (word: string): Promise<void> => {
  alive.forEach((node, index) => node.order({ broadcast: `${word} ${index}` }))
  await Promise.all(alive.map(async (_, index) => await crowd.hear(`${word} ${index}`, listening().length)))
}

/** Each node says something to each channel and to all; every client must get its part of it, once. */
const expectExactlyOnce = async (word: string): Promise<void> => {
  const said = alive.flatMap((node, index) =>
    Array.from({ length: 5 }, (_, number) => {
      const text = `${word} ${index}.${number}`
      node.order({ broadcast: `${text} all` })
      for (const channel of channels) node.order({ publish: [channel, `${text} ${channel}`] })
      return text
    }),
  )
  await settle(`${word} end`)
  const wrong = listening().filter(({ channel, heard }) => {
    const mine = Array.from(heard).filter(([text]) => text.startsWith(`${word} `) && !text.includes('end'))
    const expected = said.flatMap((text) => [`${text} all`, `${text} ${channel}`])
    return mine.length !== expected.length || expected.some((text) => heard.get(text) !== 1)
  })
  expect(wrong).toEqual([])
}

/** Resolves once all nodes say so. */
const presenceOf = async (count: number): Promise<(number | undefined)[]> => {
  const told = await Promise.all(alive.map(async (node) => await node.until(({ presence }) => presence === count)))
  return told.map(({ presence }) => presence)
}

describe('three processes that share a Redis', () => {
  it('bring each publication and each broadcast to each of 300 clients, exactly once', async () => {
    expect(listening()).toHaveLength(300)
    await expectExactlyOnce('first')
  })

  it('know how many clients there are on all of them', async () => {
    expect(await presenceOf(300)).toEqual([300, 300, 300])
  })

  it('report and drop what somebody else publishes there', async () => {
    const stranger = createClient({ url: redis.url })
    await stranger.connect()
    for (const text of ['hello', '{"node":"x","text":7}', '{"node":"x","count":-1}', '[]', '{"node":"x","text":"{"}']) {
      await stranger.publish('reduplex', text)
    }
    await stranger.publish('reduplex', Buffer.from([0xff, 0xfe, 0x00]))
    await stranger.close()
    for (const node of alive) await node.until(({ problem }) => problem?.code === 'bus_message_invalid')
    await expectExactlyOnce('after rubbish')
    expect(alive.map((node) => new Set(node.codes()))).toEqual(alive.map(() => new Set(['bus_message_invalid'])))
  })

  it('go on when one of them dies, and correct their counts', async () => {
    await right.kill()
    alive = [left, middle]
    await presenceOf(200)
    expect(listening()).toHaveLength(200)
    await expectExactlyOnce('without the third')
  })

  it('say so when Redis dies, and serve their own clients all the same', async () => {
    await redis.kill()
    for (const node of alive) {
      await node.until(({ isConnected }) => isConnected === false)
      await node.until(({ problem }) => problem?.code === 'bus_disconnected')
    }
    left.order({ broadcast: 'in the dark' })
    left.order({ publish: ['odd', 'in the dark too'] })
    await crowd.hear('in the dark', 100)
    await crowd.hear('in the dark too', 50)
    expect(await presenceOf(100)).toEqual([100, 100])
  })

  it('work again when Redis does, and what waited comes once', async () => {
    await redis.start()
    for (const node of alive) await node.until(({ isConnected }) => isConnected === true)
    await presenceOf(200)
    await expectExactlyOnce('restarted')
    const times = listening().map(({ heard }) => heard.get('in the dark') ?? 0)
    expect(times.filter((count) => count > 1)).toEqual([])
    expect(times.filter((count) => count === 1).length).toBeGreaterThanOrEqual(100)
  })

  it('never told the password, nor wrote anything by themselves', () => {
    const told = JSON.stringify([left.told, middle.told])
    expect(told).toContain('bus_disconnected')
    expect(told).not.toContain('swordfish')
    expect([left.stderr(), middle.stderr()]).toEqual(['', ''])
  })

  it('end by themselves once closed, with Redis there or not', async () => {
    expect(await left.close()).toBe(0)
    await redis.kill()
    await middle.until(({ isConnected }) => isConnected === false)
    expect(await middle.close()).toBe(0)
  })
})
