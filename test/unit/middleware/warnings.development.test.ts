import { describe, expect, it } from '@jest/globals'
import { combineReducers, configureStore, createDynamicMiddleware, Tuple, type Reducer } from '@reduxjs/toolkit'
import {
  buildSocketMiddleware,
  createSocketActions,
  getSocketSelectors,
  selectSocketStatus,
  socketClose,
  socketConnect,
  socketError,
  socketListen,
  socketReducer,
  socketSend,
  socketSendRaw,
  type SocketsState,
  type WithSockets,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takeCallbackErrors, takeEarlySendWarnings, takePrinted } from '../../support/leaks.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

// What development warns of on the console. Production prints none of it.

useFakeTime()

const failsAt =
  (failing: string): Reducer =>
  (state = 0, { type }) => {
    if (type === failing) throw new RangeError('not that')
    return state as unknown
  }

const early = (name: string, delivery = 'queued'): string =>
  `reduplex: a message was sent before any socketConnect() on the connection "${name}", so it was ${delivery}. Dispatch socketConnect(), or connect at the first send with idleFeature and { lazy: true }.`

describe('a send before any connect', () => {
  it('is warned of once', async () => {
    const store = setupStore()
    store.dispatch(socketSend(1))
    store.dispatch(socketSend(2))
    store.dispatch(socketSendRaw('3'))
    expect(takeEarlySendWarnings()).toEqual([early('default')])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual(['1', '2', '3'])
  })

  it('is warned of with the name of its connection', () => {
    const store = setupStore({ actions: createSocketActions('prices') })
    store.dispatch(createSocketActions('prices').send(1))
    expect(takeEarlySendWarnings()).toEqual([early('prices')])
  })

  it.each<[why: string, options: StoreOptions]>([
    ['a queue that is off', { queue: false }],
    ['no queue feature', { create: buildSocketMiddleware() }],
  ])('is warned of as dropped with %s', (_why, options) => {
    const store = setupStore(options)
    store.dispatch(socketSend(1))
    expect(takeEarlySendWarnings()).toEqual([early('default', 'dropped')])
  })

  it('is not warned of on a lazy connection, which it opens', async () => {
    const store = setupStore({ lazy: true })
    store.dispatch(socketSend(1))
    await advanceTime(1)
    expect([store.sent(), takeEarlySendWarnings()]).toEqual([['1'], []])
  })

  it.each([
    ['once the app has connected', {}],
    ['once the app has connected, though it is not open yet', { mode: 'hold' as const }],
  ])('is not warned of %s', async (_when, network) => {
    const store = await setupOpenStore({}, network)
    store.dispatch(socketSend(1))
    expect(takeEarlySendWarnings()).toEqual([])
  })

  it('is not warned of after a close: it is dropped', async () => {
    const store = await setupOpenStore()
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(store.dispatch(socketSend(1)).delivery).toBe('dropped')
    expect(takeEarlySendWarnings()).toEqual([])
  })
})

describe('a reducer that is not in the store', () => {
  const notMounted = (name: string): string =>
    `console.warn: reduplex: socketReducer is not in the store, so selectors report the connection "${name}" as idle. Add reducer: { socket: socketReducer }.`

  it('is warned of once a connection is used', async () => {
    const store = setupStore({ rootReducer: combineReducers({ app: (state: number = 0) => state }) })
    store.dispatch({ type: 'app/started' })
    expect(takePrinted()).toEqual([])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson('hello')
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(takePrinted()).toEqual([notMounted('default')])
  })

  it('is warned of under another key, when a default selector looks for it', async () => {
    const store = await setupOpenStore({
      rootReducer: combineReducers({ app: combineReducers({ ws: socketReducer }) }),
    })
    const root = store.app() as unknown as WithSockets & { readonly app: { readonly ws: SocketsState } }
    const { selectIsOpen } = getSocketSelectors((state: typeof root) => state.app.ws)
    expect([selectIsOpen(root), takePrinted()]).toEqual([true, []])
    expect([selectSocketStatus(root), selectSocketStatus(root)]).toEqual(['idle', 'idle'])
    expect(takePrinted()).toEqual([
      'console.warn: reduplex: socketReducer is mounted at "app.ws", but the default selectors and hooks read "socket", so they report every connection as idle. Mount it as "socket", or use getSocketSelectors() and createSocketHooks({ selectSockets }).',
    ])
  })

  it('is not warned of wherever it is mounted', async () => {
    const store = await setupOpenStore()
    store.receiveJson('hello')
    expect(takePrinted()).toEqual([])
  })
})

describe('two middlewares with one connection name in one store', () => {
  const createSecond = (name?: string) =>
    createSocketMiddleware({
      ...(name !== undefined && { actions: createSocketActions(name) }),
      WebSocket: createHeldServer().WebSocket,
    })

  it('are warned of when the store is created', () => {
    setupStore({ connections: [createSecond()] })
    expect(takePrinted()).toEqual([
      `console.warn: reduplex: the store has two socket middlewares for the connection "default". Give one of them its own actions: createSocketMiddleware({ actions: createSocketActions('other') }).`,
    ])
  })

  it('are not warned of when the first was disposed of before the second was added', () => {
    const added = createDynamicMiddleware()
    const store = configureStore({ reducer: { socket: socketReducer }, middleware: () => new Tuple(added.middleware) })
    for (const socket of [createSecond('prices'), createSecond('prices')]) {
      added.addMiddleware(socket.middleware)
      // A dynamic middleware is created at the next action.
      store.dispatch({ type: 'app/started' })
      socket.dispose()
    }
    expect(takePrinted()).toEqual([])
  })

  it('are not warned of when their names differ', () => {
    setupStore({ connections: [createSecond('prices')] })
    expect(takePrinted()).toEqual([])
  })

  it('are not warned of when one middleware is in two stores', () => {
    const socket = createSecond()
    setupStore({ create: () => socket })
    setupStore({ create: () => socket })
    expect(takePrinted()).toEqual([])
  })
})

describe('a callback that throws', () => {
  const thrown = new RangeError('not that')
  const fail = (): never => {
    throw thrown
  }
  const failLater = async (): Promise<never> => await Promise.reject(thrown)

  it.each<[who: string, options: StoreOptions, run: (store: TestStore) => void]>([
    ['accept', { accept: fail }, (store) => store.receiveJson({ type: 'a' })],
    ['toActions', { toActions: fail }, (store) => store.receiveJson(1)],
    ['forward', { forward: fail }, (store) => store.dispatch({ type: 'a' })],
    ['onOpen', { onOpen: fail }, () => {}],
    ['onOpen', { onOpen: failLater }, () => {}],
    ['reconnect.backoff', { reconnect: { backoff: fail } }, (store) => store.network.last.cut()],
    ['reconnect.shouldReconnect', { reconnect: { shouldReconnect: fail } }, (store) => store.network.last.cut()],
    ['heartbeat.message', { heartbeat: { interval: 1_000, timeout: 500, message: fail } }, () => {}],
    ['heartbeat.reply', { heartbeat: { interval: 1_000, timeout: 500, reply: fail } }, (store) => store.receiveJson(1)],
    ['dispatch(socket/message)', { reducer: { app: failsAt('socket/message') } }, (store) => store.receiveJson(1)],
    [
      'socketListen',
      {},
      (store) => {
        store.dispatch(socketListen(() => true, fail))
        store.receiveJson(1)
      },
    ],
  ])('is printed with the original error, which has the stack: %s', async (who, options, run) => {
    const store = await setupOpenStore(options)
    run(store)
    await advanceTime()
    expect(takeCallbackErrors()).toEqual([expect.objectContaining({ message: 'not that', stack: expect.any(String) })])
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toMatchObject([
      { code: 'callback_failed', message: `"${who}" threw: not that` },
    ])
  })
})
