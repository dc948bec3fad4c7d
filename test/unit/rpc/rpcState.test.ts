import { combineSlices, configureStore, type UnknownAction } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  socketClose,
  socketReducer,
  socketSlice,
  type SocketsState,
} from '../../../src/index.js'
import {
  createRpcActions,
  getRpcSelectors,
  jsonRpc,
  selectPendingCount,
  selectSubscription,
  socketRequest,
  socketSubscribe,
  socketUnsubscribe,
  type RpcSocketState,
} from '../../../src/rpc/index.js'
import { takePrinted } from '../../support/leaks.js'
import { isDevelopment } from '../../support/mode.js'
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime } from './harness.js'

useFakeTime()

const noSockets: SocketsState = {}

describe('the state of JSON-RPC', () => {
  it('is part of the entry of its connection, beside the state of the core', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news', [1]))
    void store.dispatch(socketRequest('slow'))
    await advanceTime(16)
    const state: RpcSocketState = store.rpc()
    expect(state).toMatchObject({
      status: 'open',
      pendingRequests: 1,
      subscriptions: { [id]: { channel: 'news', params: [1], status: 'pending' } },
    })
  })

  it('is empty before the first request and the first subscription', async () => {
    const store = await setupOpenRpcStore()
    expect(store.rpc()).toMatchObject({ pendingRequests: 0, subscriptions: {} })
  })

  it('changes with the action that it belongs to', async () => {
    const store = await setupOpenRpcStore()
    const seen: unknown[] = []
    const id = store.dispatch(socketSubscribe('news'))
    store.store.subscribe(() => {
      const { type } = store.recorder.all.at(-1) as UnknownAction
      seen.push([type, store.subscription(id)?.status])
    })
    store.answer('s1')
    void store.dispatch(socketClose())
    store.network.last.finishClose()
    store.dispatch(socketUnsubscribe(id))
    expect(seen).toEqual([
      ['socket/subscribed', 'active'],
      ['socket/close', 'active'],
      ['socket/closed', 'pending'],
      ['socket/unsubscribe', undefined],
    ])
  })

  it('is never changed in place', async () => {
    const store = await setupOpenRpcStore()
    const before = store.rpc().subscriptions
    const id = store.dispatch(socketSubscribe('news'))
    const pending = store.rpc().subscriptions
    store.answer('s1')
    expect([before, pending[id]?.status, store.rpc().subscriptions[id]?.status]).toEqual([{}, 'pending', 'active'])
  })

  it('is the same after an unsubscribe of an unknown id', async () => {
    const store = await setupOpenRpcStore()
    const before = store.rpc()
    store.dispatch(socketUnsubscribe('unknown'))
    expect(store.rpc()).toBe(before)
  })
})

describe('the selectors of JSON-RPC', () => {
  const entry = { pendingRequests: 2, subscriptions: { a: { channel: 'news', status: 'active' } } }
  const sockets = { prices: entry, other: { pendingRequests: 5, subscriptions: {} } } as unknown as SocketsState

  it('read a state without the slice, or without JSON-RPC, as empty', () => {
    const state = { socket: noSockets }
    expect([selectPendingCount(state), selectPendingCount(state, 'prices')]).toEqual([0, 0])
    expect(selectSubscription(state, 'a')).toBeUndefined()
    const elsewhere = getRpcSelectors((root: { live?: SocketsState }) => root.live)
    expect([elsewhere.selectPendingCount({}), elsewhere.selectSubscription({}, 'a')]).toEqual([0, undefined])
  })

  it('keep connections apart, and find a subscription on any of them', () => {
    const state = { socket: sockets }
    expect([selectPendingCount(state, 'prices'), selectPendingCount(state, 'other')]).toEqual([2, 5])
    expect(selectSubscription(state, 'a')).toBe(entry.subscriptions.a)
  })

  it('read another mount point', () => {
    const { selectPendingCount: pendingAt, selectSubscription: subscriptionAt } = getRpcSelectors(
      (root: { live: SocketsState }) => root.live,
    )
    expect([pendingAt({ live: sockets }, 'other'), subscriptionAt({ live: sockets }, 'a')?.status]).toEqual([
      5,
      'active',
    ])
  })

  it.each(['constructor', '__proto__', 'toString'])('find nothing of Object under the name %s', (name) => {
    expect([selectPendingCount({ socket: sockets }, name), selectSubscription({ socket: sockets }, name)]).toEqual([
      0,
      undefined,
    ])
  })
})

describe('a state that was restored', () => {
  const restored = {
    default: {
      status: 'idle',
      lastClose: null,
      pendingRequests: 3,
      subscriptions: { old: { channel: 'a', status: 'active' } },
    },
    prices: { status: 'idle', lastClose: null, pendingRequests: 1, subscriptions: {} },
  } as unknown as SocketsState

  const build = (socket: SocketsState) => {
    const { middleware, dispose } = createSocketMiddleware({ protocol: jsonRpc() })
    const store = configureStore({
      reducer: { socket: socketReducer },
      preloadedState: { socket },
      middleware: (defaults) => defaults().prepend(middleware),
    })
    return { store, dispose, state: () => store.getState().socket as Record<string, RpcSocketState> }
  }

  it('is corrected: requests and subscriptions of another page load are removed', async () => {
    const { store, dispose, state } = build(restored)
    await Promise.resolve()
    expect(state()['default']).toMatchObject({ pendingRequests: 0, subscriptions: {} })
    expect(state()['prices']).toBe(restored['prices'])
    const id = store.dispatch(socketSubscribe('fresh'))
    expect(Object.keys(state()['default']!.subscriptions)).toEqual([id])
    dispose()
  })

  it('keeps the subscriptions of this page load', async () => {
    const { store, dispose, state } = build(restored)
    const id = store.dispatch(socketSubscribe('fresh'))
    await Promise.resolve()
    expect(Object.keys(state()['default']!.subscriptions)).toEqual([id])
    dispose()
  })

  it.each([null, 7, 'text', [1], { a: null, b: 7 }])('may have %j in the place of the table', async (table) => {
    const { store, dispose, state } = build({ default: { ...restored['default'], subscriptions: table } } as never)
    expect(selectSubscription(store.getState(), 'unknown')).toBeUndefined()
    await Promise.resolve()
    expect(state()['default']?.subscriptions).toEqual({})
    dispose()
  })

  it('is corrected after a reset of the root state', () => {
    const { middleware, dispose } = createSocketMiddleware({ protocol: jsonRpc() })
    const root = combineSlices(socketSlice)
    const store = configureStore({
      reducer: (state: ReturnType<typeof root> | undefined, action) =>
        root(action.type === 'signedOut' ? undefined : state, action),
      middleware: (defaults) => defaults().prepend(middleware),
    })
    const id = store.dispatch(socketSubscribe('news'))
    store.dispatch({ type: 'signedOut' })
    expect(selectSubscription(store.getState(), id)).toMatchObject({ channel: 'news', status: 'pending' })
    dispose()
  })
})

describe('a command without a middleware', () => {
  it.each([socketRequest('a'), socketSubscribe('a'), socketUnsubscribe('a')])(
    'is reported by the reducer in development: $type',
    (command) => {
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults({ serializableCheck: false }),
      })
      store.dispatch(command as never)
      const warning = expect.stringContaining('no middleware of that connection carried it out')
      expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
    },
  )
})

describe('two connections in one store', () => {
  it('have each their own requests and subscriptions', async () => {
    const prices = createSocketActions('prices')
    const rpc = createRpcActions(prices)
    const store = setupRpcStore({ actions: prices })
    const id = store.dispatch(rpc.subscribe('ticks'))
    void store.dispatch(rpc.request('slow'))
    await advanceTime(16)
    const state = store.app() as { socket: SocketsState }
    expect([selectPendingCount(state), selectPendingCount(state, 'prices')]).toEqual([0, 1])
    expect(store.subscription(id)).toEqual({ channel: 'ticks', status: 'pending' })
  })
})
