import { describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import { batchFeature } from '../../../src/batch/index.js'
import {
  addressFeature,
  asyncFeature,
  binaryFeature,
  buildSocketMiddleware,
  createSocketActions,
  createSocketMiddleware,
  handshakeFeature,
  heartbeatFeature,
  idleFeature,
  json,
  pageLifecycleFeature,
  queueFeature,
  raw,
  retryFeature,
  schemaFeature,
  socketClose,
  socketConnect,
  socketDropped,
  socketError,
  socketFailed,
  socketListen,
  socketMessage,
  socketReconnect,
  socketSend,
  socketSendRaw,
  type Codec,
  type Feature,
} from '../../../src/index.js'
import { lifecycleFeature } from '../../../src/lifecycle/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { inDevelopment, isDevelopment } from '../../support/mode.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const lifecycle = { onPause: () => () => {}, onResume: () => () => {} }
const anything = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const

const errorsOf = (store: TestStore): unknown[] => store.recorder.of(socketError).map(({ payload }) => payload)

/** `missing_feature`. In production its message is the name of the feature, or of the option. */
const missing = (feature: string, inProduction = feature): { code: string; message: string } => ({
  code: 'missing_feature',
  message: isDevelopment ? `Import ${feature} and give it to createSocketMiddleware.with().` : inProduction,
})

/** What creating the middleware with this option throws, if anything. */
const problemOf = (create: unknown, option: string, value: unknown): unknown => {
  try {
    return void (create as (options: object) => unknown)({ [option]: value })
  } catch (error) {
    return error
  }
}

describe('an option whose feature is missing', () => {
  const bare = buildSocketMiddleware()
  const options: [option: string, value: unknown, feature: string][] = [
    ['path', '/ws', 'addressFeature'],
    ['params', { a: 1 }, 'addressFeature'],
    ['reconnect', { maxRetries: 1 }, 'retryFeature'],
    // Without the feature it would retry for ever.
    ['reconnect', false, 'retryFeature'],
    ['queue', { maxMessages: 1 }, 'queueFeature'],
    ['heartbeat', { interval: 1_000, timeout: 500 }, 'heartbeatFeature'],
    ['schema', { receive: anything }, 'schemaFeature'],
    ['actions', createSocketActions({ name: 'a', schema: { receive: anything } }), 'schemaFeature'],
    ['handshake', () => {}, 'handshakeFeature'],
    ['binary', {}, 'binaryFeature'],
    ['codecs', [json()], 'asyncFeature'],
    ['lazy', true, 'idleFeature'],
    ['idleTimeout', 1_000, 'idleFeature'],
    ['batch', { within: 16 }, 'batchFeature of reduplex/batch'],
    ['lifecycle', lifecycle, 'lifecycleFeature of reduplex/lifecycle'],
  ]

  /** The schema of `actions` counts as the option `schema`. */
  const optionOf = (option: string) => (option === 'actions' ? 'schema' : option)

  it.each(options)('throws missing_feature when the middleware is created: %s', (option, value, feature) => {
    expect(problemOf(bare, option, value)).toMatchObject(missing(feature, optionOf(option)))
  })

  it.each(options.slice(6))('throws it for the default set too: %s', (option, value, feature) => {
    expect(problemOf(createSocketMiddleware, option, value)).toMatchObject(missing(feature, optionOf(option)))
  })

  it.each(options)('does not throw once the feature is given: %s', (option, value, feature) => {
    const all: Readonly<Record<string, Feature<never>>> = {
      addressFeature,
      asyncFeature,
      'batchFeature of reduplex/batch': batchFeature,
      binaryFeature,
      handshakeFeature,
      heartbeatFeature,
      idleFeature,
      'lifecycleFeature of reduplex/lifecycle': lifecycleFeature,
      queueFeature,
      retryFeature,
      schemaFeature,
    } as never
    const create = bare.with(all[feature] as Feature<never>)
    expect(problemOf(create, option, value)).toBeUndefined()
  })

  it.each(options.map(([option]) => option).filter((option) => option !== 'actions'))(
    'does not throw when the option is undefined: %s',
    (option) => {
      expect(problemOf(bare, option, undefined)).toBeUndefined()
    },
  )

  it.each([
    ['queue', false],
    ['heartbeat', false],
    ['lazy', false],
    ['idleTimeout', 0],
  ])('does not throw when the option turns the feature off: %s: %j', (option, value) => {
    expect(problemOf(bare, option, value)).toBeUndefined()
  })
})

inDevelopment(() => {
  it('a codec of Blobs without asyncFeature throws missing_feature when the middleware is created', () => {
    const blobs = raw({ binaryType: 'blob' })
    expect(problemOf(createSocketMiddleware, 'codec', blobs)).toMatchObject(missing('asyncFeature'))
    expect(problemOf(createSocketMiddleware.with(asyncFeature), 'codec', blobs)).toBeUndefined()
  })
})

describe('what a connection meets without a feature', () => {
  const later: Codec<never> = {
    encode: async (value) => await Promise.resolve(JSON.stringify(value)),
    decode: async (frame) => await Promise.resolve(JSON.parse(frame as string) as unknown),
  }

  it('drops what an async codec sends, and reports missing_feature', async () => {
    const store = await setupOpenStore({ create: createSocketMiddleware, codec: later })
    expect(store.dispatch(socketSend(1))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(errorsOf(store)).toEqual([missing('asyncFeature')])
  })

  it('reports missing_feature for each message that an async codec receives, and stays open', async () => {
    const store = await setupOpenStore({ create: createSocketMiddleware, codec: later })
    store.receive('1')
    expect(errorsOf(store)).toMatchObject([missing('asyncFeature')])
    expect([store.recorder.count(socketMessage), store.state().status]).toEqual([0, 'open'])
  })

  it('reports missing_feature for received bytes, and delivers the next message', async () => {
    const verbatim: Codec<never> = { encode: JSON.stringify, decode: (frame) => frame }
    const store = await setupOpenStore({ create: createSocketMiddleware, codec: verbatim })
    store.network.last.sendRaw(new Uint8Array([1, 2]))
    expect(errorsOf(store)).toMatchObject([missing('binaryFeature')])
    store.receive('next')
    expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual(['next'])
  })

  it.each([
    ['a Map', new Map([['a', 1]])],
    ['a Set', { tags: new Set(['a']) }],
    ['bytes in an object', { image: new Uint8Array([1]) }],
  ])('reports missing_feature instead of losing %s that a codec returned', async (_, value) => {
    const custom: Codec<never> = { encode: JSON.stringify, decode: () => value }
    const store = await setupOpenStore({ create: createSocketMiddleware, codec: custom })
    store.receive('1')
    expect(errorsOf(store)).toMatchObject([missing('asyncFeature')])
    expect(store.recorder.count(socketMessage)).toBe(0)
  })

  it('sends a value that only asyncFeature can show to the reducers, and reports missing_feature', async () => {
    const custom: Codec<never> = { encode: () => 'encoded', decode: () => 1 }
    const store = await setupOpenStore({ create: createSocketMiddleware, codec: custom })
    expect(store.dispatch(socketSend(new Map([['a', 1]])))).toMatchObject({ delivery: 'sent' })
    await advanceTime(1)
    expect(errorsOf(store)).toMatchObject([missing('asyncFeature')])
  })

  it('ends as failed with missing_feature for a path or params of a connect, which no retry can help', async () => {
    const store = setupStore({ create: buildSocketMiddleware() })
    expect(await store.dispatch(socketConnect({ path: '/elsewhere' }))).toBe('failed')
    expect(store.recorder.of(socketFailed).map(({ payload }) => payload)).toMatchObject([missing('addressFeature')])
    expect(store.network.connections).toEqual([])
  })
})

describe('the middleware without features', () => {
  const setup = async (options: StoreOptions = {}) =>
    await setupOpenStore({ create: buildSocketMiddleware(), ...options })

  it('connects, sends, receives, listens and closes', async () => {
    const store = await setup({ accept: posted, forward: 'app/asked' })
    const received: unknown[] = []
    store.dispatch(socketListen(posted, ({ payload }) => received.push(payload)))
    expect(store.dispatch(socketSend({ a: 1 }))).toMatchObject({ delivery: 'sent' })
    store.dispatch({ type: 'app/asked' })
    store.receiveJson(posted('hello'))
    store.receiveJson({ b: 2 })
    expect(store.sent()).toEqual(['{"a":1}', '{"type":"app/asked"}'])
    expect(received).toEqual(['hello'])
    expect([store.recorder.count(posted), store.recorder.count(socketMessage)]).toEqual([1, 1])
    const closing = store.dispatch(socketClose())
    await advanceTime(1)
    expect([await closing, store.state().status]).toEqual(['closed', 'closed'])
  })

  it('reconnects after the default backoff, without an end', async () => {
    const store = await setup()
    for (let loss = 1; loss <= 20; loss++) {
      store.network.last.cut()
      expect(store.state().status).toBe('reconnecting')
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(60_000)
      expect(store.state().status).toBe('open')
    }
    expect(store.network.connections).toHaveLength(21)
  })

  it('answers a ping of the server', async () => {
    const store = await setup()
    store.receive('ping')
    expect([store.sent(), store.recorder.count(socketMessage)]).toEqual([['pong'], 0])
  })

  it('drops at once what is sent while it is not open', async () => {
    const store = setupStore({ create: buildSocketMiddleware() })
    expect(store.dispatch(socketSend(1, { id: 'a' }))).toEqual({ id: 'a', delivery: 'dropped', reason: 'offline' })
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'offline', ids: ['a'], count: 1 },
    ])
    expect(store.state().queued).toBe(0)
  })

  it('sends raw frames', async () => {
    const store = await setup()
    store.dispatch(socketSendRaw('text'))
    store.dispatch(socketSendRaw(new Uint8Array([7])))
    await advanceTime()
    expect(store.sent()).toEqual(['text', new Uint8Array([7]).buffer])
  })

  it('asks the function for the url before each attempt', async () => {
    let calls = 0
    const store = await setup({ url: () => `ws://a.example/${++calls}` })
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect(store.network.connections.map(({ url }) => url)).toEqual(['ws://a.example/1', 'ws://a.example/2'])
  })
})

describe('the default set', () => {
  const setup = async (options: StoreOptions = {}) =>
    await setupOpenStore({ create: createSocketMiddleware, ...options })

  it('has addresses with path and params', async () => {
    const store = await setup({ path: '/chat', params: { room: 'a b' } })
    expect(store.network.last.url).toBe('ws://a.example/ws/chat?room=a+b')
  })

  it('queues what is sent while the connection is away, in order', async () => {
    const store = await setup({ reconnect: { backoff: () => 100 } })
    store.network.last.cut()
    for (const value of [1, 2]) expect(store.dispatch(socketSend(value))).toMatchObject({ delivery: 'queued' })
    await advanceTime(50)
    expect(store.state().queued).toBe(2)
    await advanceTime(100)
    expect(store.sent()).toEqual(['1', '2'])
  })

  it('retries as often as the option says', async () => {
    const store = setupStore(
      { create: createSocketMiddleware, reconnect: { backoff: () => 10, maxRetries: 2 } },
      { mode: 'refuse' },
    )
    void store.dispatch(socketConnect())
    await advanceTime(1_000)
    expect([store.network.connections.length, store.state().status]).toEqual([3, 'failed'])
  })

  it('has a heartbeat', async () => {
    const store = await setup({ heartbeat: { interval: 1_000, timeout: 500 } })
    expect(store.sent()).toEqual(['ping'])
    await advanceTime(600)
    expect(errorsOf(store)).toMatchObject([{ code: 'heartbeat_missed' }])
  })

  it('gives the instance the name of its connection, and nothing of other features', () => {
    const socket = createSocketMiddleware({ actions: createSocketActions('prices') })
    expect([socket.name, createSocketMiddleware().name]).toEqual(['prices', 'default'])
    expect(socket).not.toHaveProperty('readBinary')
  })
})

describe('`with`', () => {
  it('returns a function with further features, and leaves the first function as it was', async () => {
    const create = createSocketMiddleware.with(idleFeature)
    expect(problemOf(createSocketMiddleware, 'lazy', true)).toMatchObject({ code: 'missing_feature' })
    const store = setupStore({ create, lazy: true })
    store.dispatch(socketSend(1))
    await advanceTime(1)
    expect(store.sent()).toEqual(['1'])
  })

  it('may be called several times, and gives the instance what the features add', () => {
    const socket = createSocketMiddleware.with(idleFeature).with(binaryFeature)({ idleTimeout: 1, binary: {} })
    expect(socket).toMatchObject({ readBinary: expect.any(Function), dispose: expect.any(Function) })
  })

  it('builds the default set out of its features', async () => {
    const create = buildSocketMiddleware().with(
      retryFeature,
      queueFeature,
      pageLifecycleFeature,
      heartbeatFeature,
      addressFeature,
    )
    const store = setupStore({ create, path: '/x', queue: { maxMessages: 1 }, reconnect: { backoff: () => 1 } })
    store.dispatch(socketSend(1))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect([store.network.last.url, store.sent()]).toEqual(['ws://a.example/ws/x', ['1']])
  })

  it('runs a feature once that is given twice', async () => {
    const heartbeat = { interval: 1_000, timeout: 500 }
    const store = await setupOpenStore({ create: createSocketMiddleware.with(heartbeatFeature), heartbeat })
    expect(store.sent()).toEqual(['ping'])
  })

  it('runs features in one order, however they are given', async () => {
    const sentBy = async (features: readonly Feature[]): Promise<unknown[]> => {
      const create = buildSocketMiddleware(...(features as [])) as unknown as typeof createSocketMiddleware
      const store = setupStore({
        create,
        heartbeat: { interval: 1_000, timeout: 500 },
        handshake: ({ send }) => send('token'),
        schema: { send: { '~standard': { ...anything['~standard'], validate: (value) => ({ value: [value] }) } } },
      })
      store.dispatch(socketSend('queued'))
      void store.dispatch(socketConnect())
      await advanceTime(1)
      return store.sent()
    }
    const expected = ['["token"]', '["queued"]', 'ping']
    expect(await sentBy([queueFeature, handshakeFeature, schemaFeature, heartbeatFeature])).toEqual(expected)
    expect(await sentBy([schemaFeature, heartbeatFeature, handshakeFeature, queueFeature])).toEqual(expected)
  })
})
