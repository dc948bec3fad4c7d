import { describe, expect, it } from '@jest/globals'
import { rateFeature } from '../../../src/features/index.js'
import {
  buildSocketMiddleware,
  handshakeFeature,
  queueFeature,
  selectQueued,
  socketConnect,
  socketDropped,
  socketSend,
  type Feature,
  type HandshakeContext,
  type WebSocketLike,
  type WithSockets,
} from '../../../src/index.js'
import { jsonRpc, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { inDevelopment } from '../../support/mode.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime({ performance: true })

/** A server that closes a socket which sends more than `limit` messages in a second. Returns when the messages arrived, from the start of the test on. */
const countOn = (store: TestStore, limit = 5) => {
  const times: number[] = []
  const start = Date.now()
  const watch = (peer: FakeConnection) => {
    peer.onReceived = () => {
      const time = Date.now() - start
      times.push(time)
      if (times.filter((other) => other > time - 1_000).length > limit) peer.close(1008, 'too fast')
    }
  }
  store.network.connections.forEach(watch)
  store.network.onAttempt = watch
  return times
}

const range = (length: number) => Array.from({ length }, (_, index) => index)
const sendAll = (store: TestStore, values: readonly unknown[]) =>
  values.map((value) => store.dispatch(socketSend(value)).delivery)
const texts = (store: TestStore) => store.sent().map((frame) => JSON.parse(String(frame)) as unknown)

const setup = async (rate: StoreOptions['rate'], options?: StoreOptions) =>
  await setupOpenStore({ rate: rate!, ...options })

describe('rate', () => {
  it('spaces out sends: those that wait are queued, and go out in order', async () => {
    const store = await setup({ perSecond: 5 })
    const times = countOn(store)
    const deliveries = sendAll(store, range(20))
    expect(deliveries).toEqual(['sent', ...Array.from({ length: 19 }, () => 'queued')])
    await advanceTime(1_016)
    expect([times, store.state().queued, store.state().congested]).toEqual([[0, 200, 400, 600, 800, 1_000], 14, false])
    await advanceTime(3_000)
    expect([texts(store), store.state().status, store.state().queued]).toEqual([range(20), 'open', 0])
  })

  it('lets a burst out at once, and the next one after a pause', async () => {
    const store = await setup({ perSecond: 2, burst: 3 })
    const times = countOn(store)
    sendAll(store, range(5))
    await advanceTime(5_000)
    sendAll(store, range(4))
    await advanceTime(5_000)
    expect(times).toEqual([0, 0, 0, 500, 1_000, 5_000, 5_000, 5_000, 5_500])
  })

  it('takes less than one message a second', async () => {
    const store = await setup({ perSecond: 0.1 })
    const times = countOn(store)
    sendAll(store, range(3))
    await advanceTime(30_000)
    expect(times).toEqual([0, 10_000, 20_000])
  })

  it('spaces out the flush of the queue after a reconnect', async () => {
    const store = setupStore({ rate: { perSecond: 5 } })
    const times = countOn(store)
    sendAll(store, range(20))
    void store.dispatch(socketConnect())
    await advanceTime(5_000)
    expect([texts(store), times.at(-1), store.state().status]).toEqual([range(20), 3_800, 'open'])
  })

  it('spaces out the resubscriptions of jsonRpc() before the queue', async () => {
    const store = await setup({ perSecond: 5 }, { protocol: jsonRpc(), reconnect: { backoff: () => 2_000 } })
    for (const channel of range(8)) store.dispatch(socketSubscribe(`c${channel}`))
    await advanceTime(5_000)
    const times = countOn(store)
    store.network.last.cut()
    await advanceTime(1)
    store.dispatch(socketSend('after'))
    await advanceTime(2_010)
    expect(times).toEqual([2_000])
    await advanceTime(3_000)
    expect(store.network.last.receivedRaw.map((frame) => /c\d|after/.exec(frame as string)?.[0])).toEqual([
      ...range(8).map((channel) => `c${channel}`),
      'after',
    ])
    expect([times.length, store.state().status]).toEqual([9, 'open'])
  })

  it('spaces out the frames of a handshake, answers to pings and questions of the heartbeat', async () => {
    const store = setupStore({
      rate: { perSecond: 1 },
      handshake: ({ send }: HandshakeContext) => range(3).forEach((value) => send(value)),
      heartbeat: { interval: 60_000, timeout: 30_000 },
    })
    const times = countOn(store)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.dispatch(socketSend('x'))
    store.receive('ping')
    await advanceTime(10_000)
    expect(store.sent()).toEqual(['0', '1', '2', 'ping', 'pong', '"x"'])
    expect(times).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000])
  })

  it('spaces out requests, which are matched as usual', async () => {
    const store = await setup({ perSecond: 1 }, { protocol: jsonRpc() })
    const replies = range(3).map((value) => store.dispatch(socketRequest('m', { value })))
    await advanceTime(2_000)
    for (const id of [1, 2, 3]) store.receiveJson({ jsonrpc: '2.0', id, result: id })
    expect(await Promise.all(replies)).toEqual([{ data: 1 }, { data: 2 }, { data: 3 }])
  })

  it('counts across sockets, so that reconnecting allows nothing more', async () => {
    const store = await setup({ perSecond: 1 }, { reconnect: { backoff: () => 0 } })
    const times = countOn(store)
    sendAll(store, [1])
    store.network.last.close(1012)
    await advanceTime(10)
    sendAll(store, [2])
    await advanceTime(2_000)
    expect(times).toEqual([0, 1_000])
  })

  it('keeps the bounds of the queue and the ttl of a send', async () => {
    const store = await setup({ perSecond: 1 }, { queue: { maxMessages: 2 } })
    const results = [
      store.dispatch(socketSend('a')),
      store.dispatch(socketSend('b', { id: 'b', ttl: 500 })),
      store.dispatch(socketSend('c')),
      store.dispatch(socketSend('d', { id: 'd' })),
    ]
    expect(results.map(({ delivery }) => delivery)).toEqual(['sent', 'queued', 'queued', 'dropped'])
    await advanceTime(3_000)
    expect(texts(store)).toEqual(['a', 'c'])
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'overflow', ids: ['d'], count: 1 },
      { reason: 'expired', ids: ['b'], count: 1 },
    ])
  })

  it('keeps what waits for the next socket when the socket is lost', async () => {
    const store = await setup({ perSecond: 1 }, { reconnect: { backoff: () => 100 } })
    sendAll(store, range(3))
    store.network.last.cut()
    await advanceTime(5_000)
    expect(store.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([['0'], ['1', '2']])
  })

  it('forgets the delayed frames of a step when the socket is lost', async () => {
    const store = setupStore({
      rate: { perSecond: 1 },
      handshake: ({ send }: HandshakeContext) => range(3).forEach((value) => send(value)),
      reconnect: { backoff: () => 100 },
    })
    void store.dispatch(socketConnect())
    await advanceTime(10)
    store.network.last.cut()
    await advanceTime(5_000)
    expect(store.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([['0'], ['0', '1', '2']])
  })

  it('sends nothing more on a socket that is closing', async () => {
    const store = setupStore({
      rate: { perSecond: 1 },
      handshake: ({ send }: HandshakeContext) => range(3).forEach((value) => send(value)),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.startClose(1012)
    await advanceTime(3_000)
    expect([store.sent(), store.network.last.socket.bufferedAmount]).toEqual([['0'], 0])
  })

  it('leaves no timer behind when the connection is disposed of while it waits for a retry', async () => {
    const store = await setup({ perSecond: 0.01 })
    sendAll(store, range(2))
    store.network.last.cut()
    await advanceTime(1)
    sendAll(store, range(2))
    store.dispose()
    expect(store.network.live).toBe(0)
  })

  it('counts delayed frames in the bufferedAmount of its socket', async () => {
    let socket: WebSocketLike | undefined
    const watch: Feature<never> = {
      options: [],
      order: 50,
      create: () => ({ onSocketOpen: (link) => void (socket = link.socket) }),
    }
    const store = setupStore({
      create: buildSocketMiddleware(rateFeature, handshakeFeature, watch),
      rate: { perSecond: 1 },
      handshake: ({ send }: HandshakeContext) => [1, 22, 333].forEach((value) => send(value)),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    const amounts = [socket?.bufferedAmount]
    await advanceTime(1_000)
    amounts.push(socket?.bufferedAmount)
    await advanceTime(1_000)
    expect([...amounts, socket?.bufferedAmount]).toEqual([5, 3, 0])
  })

  it('copies the bytes of a frame that is delayed', async () => {
    const bytes = new Uint8Array([1])
    const store = setupStore({
      rate: { perSecond: 1 },
      codec: { encode: () => bytes, decode: (frame: unknown) => frame, isPlain: true },
      handshake: ({ send }: HandshakeContext) => {
        send(0)
        send(0)
        bytes[0] = 9
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(2_000)
    expect(store.sent().map((frame) => Array.from(new Uint8Array(frame as ArrayBuffer)))).toEqual([[1], [1]])
  })

  it('does not count the heartbeat as missed while its question is delayed', async () => {
    const store = setupStore({
      rate: { perSecond: 1 },
      handshake: ({ send }: HandshakeContext) => range(6).forEach((value) => send(value)),
      heartbeat: { interval: 10_000, timeout: 2_000 },
    })
    void store.dispatch(socketConnect())
    await advanceTime(6_500)
    store.receive('pong')
    await advanceTime(3_000)
    expect([store.state().status, store.network.connections.length]).toEqual(['open', 1])
  })

  it('keeps an idle connection open until everything has gone out', async () => {
    const store = await setup({ perSecond: 1 }, { idleTimeout: 1_500 })
    sendAll(store, range(5))
    await advanceTime(4_100)
    expect([store.state().status, store.sent().length]).toEqual(['open', 5])
    await advanceTime(3_100)
    expect([store.state().status, store.network.connections.length]).toEqual(['closed', 1])
  })

  it('leaves no timer behind when the connection is disposed of while sends wait', async () => {
    const store = await setup({ perSecond: 1 })
    sendAll(store, range(5))
    store.dispose()
    await advanceTime(5_000)
    expect(store.sent()).toHaveLength(1)
  })

  it('does not use a clock that is set', async () => {
    const store = await setup({ perSecond: 1 })
    const times = countOn(store)
    sendAll(store, range(3))
    const now = Date.now()
    Date.now = () => now + 3_600_000
    await advanceTime(100)
    expect(store.sent()).toHaveLength(1)
    Date.now = () => now - 3_600_000
    await advanceTime(2_000)
    Reflect.deleteProperty(Date, 'now')
    expect([store.sent().length, times.length]).toEqual([3, 3])
  })
})

describe('rate without a queue', () => {
  const withoutQueue: [how: string, options: StoreOptions][] = [
    ['without queueFeature', { create: buildSocketMiddleware(rateFeature, handshakeFeature) }],
    ['with queue: false', { queue: false }],
    [
      'with queue: false and queueFeature alone',
      { queue: false, create: buildSocketMiddleware(rateFeature, queueFeature) },
    ],
  ]

  it.each(withoutQueue)('lets sends wait for their turn while the connection is open, %s', async (_how, options) => {
    const store = await setup({ perSecond: 1 }, options)
    const times = countOn(store)
    expect(sendAll(store, range(3))).toEqual(['sent', 'queued', 'queued'])
    await advanceTime(20)
    expect(selectQueued(store.app() as unknown as WithSockets)).toBe(2)
    await advanceTime(3_000)
    expect(times).toEqual([0, 1_000, 2_000])
  })

  it.each(withoutQueue)('drops as offline what waits when the socket is lost, %s', async (_how, options) => {
    const store = await setup({ perSecond: 1 }, options)
    sendAll(store, range(3))
    store.network.last.cut()
    await advanceTime(1)
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toMatchObject([
      // The first one was sent, and no frame came after it.
      { reason: 'indeterminate', count: 1 },
      { reason: 'offline', count: 2 },
    ])
    expect(sendAll(store, ['later'])).toEqual(['dropped'])
  })
})

describe('the option rate', () => {
  it('is off when it is false', async () => {
    const store = await setup(false)
    expect(new Set(sendAll(store, range(20)))).toEqual(new Set(['sent']))
  })

  it('without its feature throws missing_feature', () => {
    const create = buildSocketMiddleware() as unknown as (options: object) => unknown
    expect(() => create({ rate: { perSecond: 1 } })).toThrow(expect.objectContaining({ code: 'missing_feature' }))
  })

  inDevelopment(() =>
    it.each<[rate: unknown, message: RegExp]>([
      [5, /"rate" to be an object/],
      [{}, /"rate" to be an object with "perSecond"/],
      [{ perSecond: 0 }, /"rate.perSecond" to be a finite number, more than 0/],
      [{ perSecond: Infinity }, /"rate.perSecond"/],
      [{ perSecond: 1, burst: 0.5 }, /"rate.burst" to be a finite number, 1 or more/],
      [{ perSecond: 1, interval: 1 }, /unknown option "rate.interval"/],
    ])('is checked in development: %p', (rate, message) => {
      expect(() => setupStore({ rate: rate as never })).toThrow(message)
    }),
  )
})
