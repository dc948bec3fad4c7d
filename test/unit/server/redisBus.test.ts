import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createClient } from 'redis'
import type { BusProblem, BusStatus } from '../../../src/server/index.js'
import { createErrorRedactor, type RedisConnection, type RedisTarget } from '../../../src/server/redis/client.js'
import { redisBus, type RedisBusOptions } from '../../../src/server/redis/index.js'

/** A scripted Redis. Connections come in pairs: one publishes, one subscribes. */
const createFake = () => {
  const state = { isUp: true, answers: true, refuses: undefined as Error | undefined }
  const connections: FakeConnection[] = []
  const published: [channel: string, message: string][] = []

  interface FakeConnection extends RedisConnection {
    readonly fail: (error: Error) => void
    readonly listeners: Map<string, (message: string) => void>
    readonly pending: (() => void)[]
    isDestroyed: boolean
  }
  const connect = (): FakeConnection => {
    let emitError: (error: Error) => void = () => {}
    const rejections: ((error: Error) => void)[] = []
    const answer = async (): Promise<void> => {
      if (state.answers) return
      await new Promise<void>((resolve, reject) => {
        connection.pending.push(resolve)
        rejections.push(reject)
      })
    }
    const connection: FakeConnection = {
      isDestroyed: false,
      listeners: new Map(),
      pending: [],
      on: (_event, listener) => {
        emitError = listener
      },
      connect: async () => {
        if (!state.isUp) throw new Error('connect ECONNREFUSED 127.0.0.1:6379')
        await answer()
      },
      publish: async (channel, message) => {
        if (state.refuses) throw state.refuses
        published.push([channel, message])
        await answer()
      },
      subscribe: async (channel, listener) => void connection.listeners.set(channel, listener),
      unsubscribe: async (channel) => void connection.listeners.delete(channel),
      ping: answer,
      sendCommand: answer,
      destroy: () => {
        connection.isDestroyed = true
        for (const reject of rejections.splice(0)) reject(new Error('Disconnects client'))
      },
      fail: (error) => emitError(error),
    }
    connections.push(connection)
    return connection
  }
  const latest = (): FakeConnection => connections.at(-1)!
  return {
    state,
    connections,
    published,
    latest,
    texts: () => published.map(([, message]) => message),
    client: { duplicate: connect },
    /** Closes all connections and refuses new ones, as a reboot of Redis does. */
    breakDown: () => {
      state.isUp = false
      for (const connection of connections) if (!connection.isDestroyed) connection.fail(new Error('Socket closed'))
    },
  }
}

type Bounds = Pick<RedisBusOptions, 'maxBuffered' | 'maxBufferedBytes' | 'prefix'>

const start = async (fake: ReturnType<typeof createFake>, bounds: Bounds = {}) => {
  const bus = redisBus({ client: fake.client, ...bounds })
  const statuses: BusStatus[] = []
  const problems: BusProblem[] = []
  const received: string[] = []
  bus.onStatus?.((status) => statuses.push(status))
  bus.onProblem?.((problem) => problems.push(problem))
  const unsubscribe = await bus.subscribe('topic', (message) => void received.push(message))
  await jest.advanceTimersByTimeAsync(0)
  return { bus, statuses, problems, received, unsubscribe, codes: () => problems.map(({ code }) => code) }
}

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

describe('publish while Redis is unreachable', () => {
  it('keeps the messages and sends them in order after the reconnect', async () => {
    const fake = createFake()
    const { bus, codes } = await start(fake)
    bus.publish('topic', 'before')
    await jest.advanceTimersByTimeAsync(0)
    fake.breakDown()
    for (const text of ['a', 'b', 'c']) bus.publish('topic', text)
    await jest.advanceTimersByTimeAsync(60_000)
    expect(fake.texts()).toEqual(['before'])
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(5_000)
    expect(fake.texts()).toEqual(['before', 'a', 'b', 'c'])
    expect(codes()).toEqual(['bus_disconnected', 'bus_disconnected'])
    await bus.close()
  })

  it('drops the oldest above maxBuffered, and reports the first one and the number at the end', async () => {
    const fake = createFake()
    fake.state.isUp = false
    const { bus, problems } = await start(fake, { maxBuffered: 3 })
    for (let number = 0; number < 10; number++) bus.publish('topic', String(number))
    expect(problems.filter(({ code }) => code === 'bus_dropped')).toHaveLength(1)
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(1_000)
    expect(fake.texts()).toEqual(['7', '8', '9'])
    const [, last] = problems.filter(({ code }) => code === 'bus_dropped')
    expect(last?.message).toContain('; 7 were dropped')
    await bus.close()
  })

  it('counts maxBufferedBytes in bytes, not in characters', async () => {
    const fake = createFake()
    fake.state.isUp = false
    const { bus, codes } = await start(fake, { maxBufferedBytes: 10 })
    for (const text of ['aaaa', 'éé', 'bbb', 'x'.repeat(11), '€']) bus.publish('topic', text)
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(1_000)
    expect(fake.texts()).toEqual(['éé', 'bbb', '€'])
    expect(codes()).toEqual(['bus_disconnected', 'bus_dropped', 'bus_dropped'])
    await bus.close()
  })

  it('keeps no message with maxBuffered: 0', async () => {
    const fake = createFake()
    fake.state.isUp = false
    const { bus } = await start(fake, { maxBuffered: 0 })
    bus.publish('topic', 'lost')
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(1_000)
    bus.publish('topic', 'found')
    await jest.advanceTimersByTimeAsync(0)
    expect(fake.texts()).toEqual(['found'])
    await bus.close()
  })
})

describe('a slow Redis', () => {
  it('gets at most maxBuffered messages at a time, and all others as it answers', async () => {
    const fake = createFake()
    const { bus, codes } = await start(fake, { maxBuffered: 2 })
    fake.state.answers = false
    for (const text of ['a', 'b', 'c', 'd', 'e']) bus.publish('topic', text)
    await jest.advanceTimersByTimeAsync(0)
    expect(fake.texts()).toEqual(['a', 'b'])
    fake.state.answers = true
    for (const { pending } of fake.connections) for (const resolve of pending.splice(0)) resolve()
    await jest.advanceTimersByTimeAsync(0)
    expect(fake.texts()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(codes()).toEqual([])
    await bus.close()
  })

  it('gets a message larger than maxBufferedBytes on its own', async () => {
    const fake = createFake()
    const { bus, codes } = await start(fake, { maxBufferedBytes: 4 })
    bus.publish('topic', 'much too long')
    await jest.advanceTimersByTimeAsync(0)
    expect([fake.texts(), codes()]).toEqual([['much too long'], []])
    await bus.close()
  })

  it('is disconnected when it does not answer a ping; messages under way are reported and not sent again', async () => {
    const fake = createFake()
    const { bus, statuses, problems, codes } = await start(fake)
    fake.state.answers = false
    bus.publish('topic', 'perhaps')
    await jest.advanceTimersByTimeAsync(9_999)
    expect(codes()).toEqual([])
    await jest.advanceTimersByTimeAsync(1)
    expect(codes()).toEqual(['bus_dropped', 'bus_disconnected'])
    expect(problems[0]?.message).toContain('with 1 messages under way')
    expect(statuses.at(-1)).toMatchObject({ isConnected: false })
    fake.state.answers = true
    await jest.advanceTimersByTimeAsync(20_000)
    expect(statuses.at(-1)).toEqual({ isConnected: true })
    expect(fake.texts()).toEqual(['perhaps'])
    expect(fake.connections.filter(({ isDestroyed }) => !isDestroyed)).toHaveLength(2)
    await bus.close()
  })

  it('is disconnected when it does not accept the connections within 10 s', async () => {
    const fake = createFake()
    fake.state.answers = false
    const { bus, codes } = await start(fake)
    await jest.advanceTimersByTimeAsync(10_000)
    expect(codes()).toEqual(['bus_disconnected'])
    expect(fake.connections.filter(({ isDestroyed }) => !isDestroyed).length).toBeLessThanOrEqual(2)
    await bus.close()
    expect(fake.connections.every(({ isDestroyed }) => isDestroyed)).toBe(true)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('an outage of Redis', () => {
  it('is reported once for each reason, and the status changes twice', async () => {
    const fake = createFake()
    const { bus, statuses, problems } = await start(fake)
    fake.breakDown()
    await jest.advanceTimersByTimeAsync(600_000)
    expect(problems.map(({ message }) => message.slice(0, 50))).toEqual([
      'Redis is unreachable: Socket closed. This node sti',
      'Redis is unreachable: connect ECONNREFUSED 127.0.0',
    ])
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(5_000)
    expect(statuses.map(({ isConnected }) => isConnected)).toEqual([false, true, false, true])
    await bus.close()
  })

  it('is followed by retries with a growing delay', async () => {
    const fake = createFake()
    const { bus } = await start(fake)
    fake.breakDown()
    const before = fake.connections.length
    await jest.advanceTimersByTimeAsync(60_000)
    const attempts = (fake.connections.length - before) / 2
    expect(attempts).toBeGreaterThan(10)
    expect(attempts).toBeLessThan(35)
    await bus.close()
  })

  it('is followed by a subscription to the topics of that moment', async () => {
    const fake = createFake()
    const { bus, received, unsubscribe } = await start(fake, { prefix: 'app:' })
    expect([...fake.latest().listeners.keys()]).toEqual(['app:topic'])
    fake.breakDown()
    const later: string[] = []
    await bus.subscribe('later', (message) => void later.push(message))
    unsubscribe()
    fake.state.isUp = true
    await jest.advanceTimersByTimeAsync(5_000)
    const { listeners } = fake.latest()
    expect([...listeners.keys()]).toEqual(['app:later'])
    listeners.get('app:later')?.('hello')
    expect([received, later]).toEqual([[], ['hello']])
    await bus.close()
  })
})

describe('a problem with one message', () => {
  it('is reported once when Redis refuses messages, until it accepts one', async () => {
    const fake = createFake()
    const { bus, problems } = await start(fake)
    fake.state.refuses = new Error('NOPERM this user has no permissions')
    for (const text of ['a', 'b']) bus.publish('topic', text)
    await jest.advanceTimersByTimeAsync(0)
    expect(problems).toMatchObject([{ code: 'bus_failed', message: expect.stringContaining('NOPERM') }])
    fake.state.refuses = undefined
    bus.publish('topic', 'c')
    await jest.advanceTimersByTimeAsync(0)
    fake.state.refuses = new Error('NOPERM this user has no permissions')
    bus.publish('topic', 'd')
    await jest.advanceTimersByTimeAsync(0)
    expect(problems).toHaveLength(2)
    await bus.close()
  })

  it('is reported when a listener throws, and the connection stays open', async () => {
    const fake = createFake()
    const { bus, received, codes } = await start(fake)
    await bus.subscribe('topic', () => {
      throw new Error('oh')
    })
    fake.latest().listeners.get('topic')?.('hello')
    expect([received, codes()]).toEqual([['hello'], ['listener_failed']])
    await bus.close()
  })
})

describe('close of the bus', () => {
  it('waits at most 1 s for messages under way, and leaves no connection and no timer', async () => {
    const fake = createFake()
    const { bus } = await start(fake)
    fake.state.answers = false
    bus.publish('topic', 'bye')
    let isClosed = false
    void Promise.resolve(bus.close()).then(() => (isClosed = true))
    await jest.advanceTimersByTimeAsync(999)
    expect(isClosed).toBe(false)
    await jest.advanceTimersByTimeAsync(1)
    expect(isClosed).toBe(true)
    expect(fake.connections.every(({ isDestroyed }) => isDestroyed)).toBe(true)
    expect(jest.getTimerCount()).toBe(0)
    expect(() => bus.publish('topic', 'late')).toThrow('closed')
  })

  it('stops the retries', async () => {
    const fake = createFake()
    fake.state.isUp = false
    const { bus } = await start(fake)
    await bus.close()
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('redisBus', () => {
  it.each([
    [{}],
    [{ url: 'http://user:swordfish@localhost' }],
    [{ url: 'redis://:swordfish@[' }],
    [{ client: {} }],
    [{ url: 'redis://localhost', maxBuffered: -1 }],
    [{ url: 'redis://localhost', maxBufferedBytes: '1' }],
    [{ url: 'redis://localhost', prefix: 1 }],
  ])('throws invalid_option without the url for %j', (options) => {
    const attempt = () => redisBus(options as never)
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    expect(attempt).not.toThrow(/swordfish/)
  })

  it('accepts a client of the package redis, and does not connect it', () => {
    const client = createClient({ url: 'redis://localhost:1' })
    expect(redisBus({ client })).toMatchObject({ publish: expect.any(Function) })
    expect(client.isOpen).toBe(false)
  })
})

describe('createErrorRedactor', () => {
  const secret = 'a/b c'
  const target = { url: `redis://me:${encodeURIComponent(secret)}@localhost` }
  it.each<[string, RedisTarget]>([
    ['a url', target],
    ['a client', { client: createClient(target) }],
  ])('removes the url and the password of %s', (_name, given) => {
    const redactError = createErrorRedactor(given)
    const redacted = redactError(
      Object.assign(new Error(`no ${target.url}, no ${secret}`), { code: 'X', input: target.url }),
    )
    expect(redacted).toMatchObject({ message: 'no ***, no ***', code: 'X' })
    expect(JSON.stringify(Object.entries(redacted))).not.toContain('a%2F')
  })

  it('gives a message to an AggregateError without one', () => {
    expect(createErrorRedactor(target)(new AggregateError([new Error('connect ECONNREFUSED ::1')], '')).message).toBe(
      'connect ECONNREFUSED ::1',
    )
  })
})
