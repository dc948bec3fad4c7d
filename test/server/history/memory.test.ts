import { describe, expect, it } from '@jest/globals'
import {
  memoryBus,
  type Bus,
  type ChannelContext,
  type ChannelPosition,
  type SocketServer,
} from '../../../src/server/index.js'
import { startServer, type Client, type TestServer } from '../support.js'

const history = { size: 5, ttl: 60_000 }

const subscribe = async (client: Client, channel: string, since?: unknown) =>
  (await client.request('subscribe', { channel, ...(since !== undefined && { since }) })) as {
    readonly result: ChannelPosition & { readonly id: string; readonly recovered: boolean }
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
  }

const publishAll = async (server: SocketServer, channel: string, ...data: unknown[]): Promise<void> => {
  for (const one of data) await server.publish(channel, one)
}

/** What was pushed so far, and everything that comes before the next answer. */
const pushesOf = async (client: Client): Promise<unknown[]> => {
  await client.request('unsubscribe', { id: 'none' })
  return client.received.all.map((message) => {
    const { method, params } = message as { readonly method: string; readonly params: Record<string, unknown> }
    return method === '$/push' ? [params['offset'], params['data']] : { [method]: params }
  })
}

const start = async (bus?: Bus): Promise<TestServer> => {
  const running = await startServer(bus && { bus })
  running.server.channel('news', { history })
  return running
}

describe('a subscription to a channel with history', () => {
  it('is answered with the epoch and the offset, before anything was published', async () => {
    await using running = await start()
    const client = await running.connect()
    const { result } = await subscribe(client, 'news')
    expect(result).toEqual({ id: 'news#1', recovered: false, epoch: expect.any(String), offset: 0 })
    const published = await running.server.publish('news', 'a')
    expect(published).toEqual({ reached: 1, epoch: result.epoch, offset: 1 })
    expect(await pushesOf(client)).toEqual([[1, 'a']])
  })

  it('gets what it missed, then what is live', async () => {
    await using running = await start()
    const client = await running.connect()
    const { epoch } = await running.server.position('news')
    await publishAll(running.server, 'news', 'a', 'b', 'c')
    const { result } = await subscribe(client, 'news', { epoch, offset: 1 })
    expect(result).toEqual({ id: 'news#1', recovered: true, epoch, offset: 1 })
    await running.server.publish('news', 'd')
    expect(await pushesOf(client)).toEqual([
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ])
  })

  it('is not recovered without a position, with another epoch, with a later offset, and when the history begins too late', async () => {
    await using running = await start()
    const client = await running.connect()
    const { epoch } = await running.server.position('news')
    await publishAll(running.server, 'news', 1, 2, 3, 4, 5, 6, 7)
    const answers = [
      undefined,
      { epoch: 'other', offset: 6 },
      { epoch, offset: 8 },
      { epoch, offset: -1 },
      { epoch, offset: 1 },
      { epoch, offset: 2 },
      { epoch, offset: 7 },
    ].map(async (since) => (await subscribe(client, 'news', since)).result)
    const results = await Promise.all(answers)
    expect(results.map(({ recovered, offset }) => [recovered, offset])).toEqual([
      [false, 7],
      [false, 7],
      [false, 7],
      [false, 7],
      [false, 7],
      [true, 2],
      [true, 7],
    ])
  })

  it.each([
    1,
    'x',
    [],
    { epoch: 1, offset: 1 },
    { epoch: 'e' },
    { epoch: 'e', offset: 1.5 },
    { epoch: 'e'.repeat(257), offset: 1 },
  ])('is refused with the malformed position %p', async (since) => {
    await using running = await start()
    const client = await running.connect()
    expect((await subscribe(client, 'news', since)).error).toMatchObject({ code: -32602 })
    expect((await client.request('subscribe', { channel: 'other', since: null })).result).toBe('other#1')
  })

  it('gets nothing twice when it is made while others publish', async () => {
    await using running = await start()
    const client = await running.connect()
    const { epoch } = await running.server.position('news')
    let serial = 0
    const rounds = 40
    for (let round = 0; round < rounds; round++) {
      const asking = subscribe(client, 'news', { epoch, offset: serial })
      void running.server.publish('news', ++serial)
      const { result } = await asking
      expect(result.recovered).toBe(true)
      await client.request('unsubscribe', { id: result.id })
    }
    const offsets = (await pushesOf(client)).map((push) => (push as [number])[0])
    expect(offsets).toEqual(Array.from({ length: rounds }, (_, index) => index + 1))
  })

  it('can be made by the server', async () => {
    await using running = await start()
    const added = new Promise<string | undefined>((resolve) => {
      running.server.on('add', (connection) => resolve(connection.subscribe('news')))
    })
    const client = await running.connect()
    expect(await added).toBe('news#1')
    await running.server.publish('news', 'a')
    expect(await pushesOf(client)).toEqual([[1, 'a']])
  })

  it('gets no offset with what a producer or connection.push sends', async () => {
    await using running = await startServer({
      channels: { news: (_params: unknown, { push }: ChannelContext) => void push('produced') },
    })
    running.server.channel('news', { history })
    const client = await running.connect()
    await subscribe(client, 'news')
    for (const connection of running.server.connections) connection.push('news', 'sent')
    expect(await pushesOf(client)).toEqual([
      [undefined, 'produced'],
      [undefined, 'sent'],
    ])
    expect(await running.server.position('news')).toMatchObject({ offset: 0 })
  })
})

describe('a channel', () => {
  it('has no history unless it was declared', async () => {
    await using running = await start()
    const client = await running.connect()
    expect((await client.request('subscribe', { channel: 'other', since: { epoch: 'e', offset: 1 } })).result).toBe(
      'other#1',
    )
    expect(await running.server.publish('other', 1)).toEqual({ reached: 1 })
    await expect(running.server.position('other')).rejects.toMatchObject({ code: 'no_history' })
  })

  it('is declared by a pattern, and a name of its own comes first', async () => {
    await using running = await start()
    running.server.channel('rooms/:room', { history: { size: 1, ttl: 1000 } })
    running.server.channel('rooms/big', { history: { size: 2, ttl: 1000 } })
    const client = await running.connect()
    for (const channel of ['rooms/small', 'rooms/big']) await publishAll(running.server, channel, 1, 2, 3)
    const recovered = async (channel: string, offset: number) => {
      const { epoch } = await running.server.position(channel)
      return (await subscribe(client, channel, { epoch, offset })).result.recovered
    }
    expect([await recovered('rooms/small', 1), await recovered('rooms/big', 1)]).toEqual([false, true])
    for (const channel of ['rooms', 'rooms/', 'rooms/a/b', 'roomsx/a'])
      expect((await client.request('subscribe', { channel })).result).toBe(`${channel}#1`)
  })

  it.each([
    [['news', { history }], 'which is declared'],
    [['', { history }], 'name of a channel'],
    [[7, { history }], 'name of a channel'],
    [['a'], 'an object of options'],
    [['a', {}], '"history" to have "size" and "ttl"'],
    [['a', { history: { size: 1 } }], '"size" and "ttl"'],
    [['a', { history: { size: 0, ttl: 1 } }], '"history.size"'],
    [['a', { history: { size: 1, ttl: 0 } }], '"history.ttl"'],
    [['a', { history: { size: 1, ttl: 1, limit: 2 } }], 'unknown option "history.limit"'],
    [['a', { histroy: {} }], 'unknown option "histroy"'],
  ])('refuses the declaration %j', async (args, text) => {
    await using running = await start()
    const declare = running.server.channel as (...given: unknown[]) => void
    expect(() => declare(...args)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(text) }),
    )
  })

  it('reports a value that cannot be encoded, and keeps its offsets', async () => {
    await using running = await start()
    await expect(running.server.publish('news', 1n)).rejects.toMatchObject({ code: 'encode_failed' })
    expect(running.codes()).toEqual(['encode_failed'])
    expect(await running.server.publish('news', 1)).toMatchObject({ offset: 1 })
  })

  it('keeps what was published, also when the app changes the value later', async () => {
    await using running = await start()
    const client = await running.connect()
    const { epoch } = await running.server.position('news')
    const value = { n: 1 }
    const publishing = running.server.publish('news', value)
    value.n = 2
    await publishing
    await subscribe(client, 'news', { epoch, offset: 0 })
    expect(await pushesOf(client)).toEqual([[1, { n: 1 }]])
  })

  it('gives the position of the moment of the call', async () => {
    await using running = await start()
    void running.server.publish('news', 1)
    const before = running.server.position('news')
    void running.server.publish('news', 2)
    expect(await before).toMatchObject({ offset: 1 })
  })

  it('keeps its order with an asynchronous codec', async () => {
    const codec = {
      encode: async (value: unknown) => {
        // The first takes longer than the second.
        for (let turns = value === 'slow' ? 20 : 0; turns > 0; turns--) await Promise.resolve()
        return JSON.stringify(value)
      },
      decode: (frame: unknown) => JSON.parse(frame as string) as unknown,
    }
    await using running = await startServer({ codec: codec as never })
    running.server.channel('news', { history })
    const client = await running.connect()
    await subscribe(client, 'news')
    await Promise.all([running.server.publish('news', 'slow'), running.server.publish('news', 'quick')])
    expect(await pushesOf(client)).toEqual([
      [1, 'slow'],
      [2, 'quick'],
    ])
  })
})

describe('nodes', () => {
  it('share the histories of a memory bus', async () => {
    const bus = memoryBus()
    await using left = await start(bus)
    await using right = await start(bus)
    const client = await right.connect()
    const { result } = await subscribe(client, 'news')
    expect(await left.server.publish('news', 'a')).toEqual({ reached: 0, epoch: result.epoch, offset: 1 })
    expect(await right.server.publish('news', 'b')).toEqual({ reached: 1, epoch: result.epoch, offset: 2 })
    const other = await left.connect()
    expect((await subscribe(other, 'news', { epoch: result.epoch, offset: 0 })).result.recovered).toBe(true)
    const all = [
      [1, 'a'],
      [2, 'b'],
    ]
    expect([await pushesOf(client), await pushesOf(other)]).toEqual([all, all])
  })

  it('have histories of their own on a bus without any, and tell their subscriptions when they were cut off', async () => {
    const { history: _history, ...plain } = memoryBus()
    const listeners = new Set<(status: { readonly isConnected: boolean }) => void>()
    const bus: Bus = {
      ...plain,
      onStatus: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    }
    const setConnected = (isConnected: boolean): void => listeners.forEach((listener) => listener({ isConnected }))
    await using left = await start(bus)
    await using right = await start(bus)
    const client = await right.connect()
    const { result } = await subscribe(client, 'news')
    await client.request('subscribe', { channel: 'other' })
    await left.server.publish('news', 'a')
    const { epoch } = await left.server.position('news')
    expect(epoch).not.toBe(result.epoch)
    setConnected(false)
    setConnected(true)
    const renewed = await right.server.position('news')
    expect(renewed.epoch).not.toBe(result.epoch)
    expect(await pushesOf(client)).toEqual([
      [1, 'a'],
      { '$/missed': { id: 'news#1', channel: 'news', recovered: false, ...renewed } },
      { '$/missed': { recovered: false } },
    ])
  })
})

describe('a history that cannot be read', () => {
  const startUnreadable = async () => {
    const { history: store, ...bus } = memoryBus()
    let isReadable = false
    const unreachable = async () => await Promise.reject(new Error('unreachable'))
    const running = await start({
      ...bus,
      history: {
        listen: store!.listen,
        publish: (...args) => (isReadable ? store!.publish(...args) : unreachable()),
        read: (...args) => (isReadable ? store!.read(...args) : unreachable()),
      },
    })
    return {
      ...running,
      [Symbol.asyncDispose]: running[Symbol.asyncDispose],
      recover: () => {
        isReadable = true
      },
    }
  }

  it('refuses subscriptions for now, and keeps none', async () => {
    await using running = await startUnreadable()
    const client = await running.connect()
    const { error } = await subscribe(client, 'news')
    expect(error).toMatchObject({ code: -32030, data: { retryAfter: 1_000 } })
    expect([...running.server.connections].map(({ subscriptions }) => subscriptions)).toEqual([[]])
    running.recover()
    expect((await subscribe(client, 'news')).result).toMatchObject({ id: 'news#2', offset: 0 })
    await running.server.publish('news', 'a')
    expect(await pushesOf(client)).toEqual([[1, 'a']])
  })

  it('rejects publications, which are reported', async () => {
    await using running = await startUnreadable()
    await expect(running.server.publish('news', 1)).rejects.toThrow('unreachable')
    await expect(running.server.position('news')).rejects.toThrow('unreachable')
    expect(running.codes()).toEqual(['bus_failed'])
  })
})
