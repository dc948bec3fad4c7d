import { describe, expect, it } from '@jest/globals'
import { combineReducers, combineSlices, createAction, type Reducer } from '@reduxjs/toolkit'
import {
  createSocketActions,
  createSocketMiddleware,
  isSocketAction,
  socketChanged,
  socketClose,
  socketConnect,
  socketError,
  socketReducer,
  socketSlice,
  type Phase,
  type SocketsState,
  type SocketState,
} from '../../../src/index.js'
import { isDevelopment } from '../../support/mode.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'
import { takeCallbackErrors, takePrinted } from '../../support/leaks.js'

const idle: SocketState = {
  status: 'idle',
  url: null,
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  lastClose: null,
  error: null,
  queued: 0,
  lostAt: null,
  buffered: 0,
  congested: false,
  latency: null,
}

const stored: SocketState = {
  ...idle,
  status: 'open',
  url: 'wss://a.example/ws',
  protocol: 'v2',
  openedAt: 100,
  buffered: 5,
  latency: 9,
}

/** How an earlier connection ended. */
const ended: SocketState = {
  ...idle,
  url: 'wss://a.example/ws',
  lastClose: { code: 1006, reason: '', wasClean: false, at: 50 },
  error: { code: 'stopped', message: 'no' },
}

/** Waits for what is put off to the end of the task. */
const microtasks = async () => {
  for (let n = 0; n < 5; n++) await Promise.resolve()
}

/** Creates a store with entries of an earlier page or of the server. */
const setupWith = (sockets: Record<string, SocketState>, names = ['default']) => {
  const [actions, ...others] = names.map((name) => createSocketActions(name))
  const connections = others.map((other) => createSocketMiddleware({ actions: other, url: 'wss://a.example/ws' }))
  return setupStore({ actions: actions!, connections, preloadedState: { socket: sockets } })
}

describe('a preloaded state', () => {
  it.each(['connecting', 'open', 'closing', 'reconnecting'] satisfies Phase[])(
    'becomes idle in a microtask when it says %s',
    async (status) => {
      const { state } = setupWith({ default: { ...stored, status, retryAt: 300, attempt: 2 } })
      expect(state().status).toBe(status)
      await microtasks()
      expect(state()).toEqual(idle)
    },
  )

  it('is corrected by one socketChanged that has all values', async () => {
    const { recorder } = setupWith({ default: stored })
    await microtasks()
    expect(recorder.all).toEqual([socketChanged(idle)])
  })

  it.each(['idle', 'closed', 'failed'] satisfies Phase[])('is kept when it says %s', async (status) => {
    const kept = { ...ended, status }
    const { state, recorder } = setupWith({ default: kept })
    await microtasks()
    expect([state(), recorder.types]).toEqual([kept, []])
  })

  it('keeps how the connection ended, without its counters', async () => {
    const { state, recorder } = setupWith({
      default: { ...stored, ...ended, status: 'closed', queued: 3, latency: 9 },
    })
    await microtasks()
    expect(state()).toEqual({ ...ended, status: 'closed' })
    expect(recorder.types).toEqual([socketChanged.type])
  })

  it('opens no connection', async () => {
    const { network } = setupWith({ default: stored })
    await microtasks()
    expect(network.connections).toEqual([])
  })

  it('does not keep a connection from opening', async () => {
    const { dispatch, state } = setupWith({ default: stored })
    await microtasks()
    expect([await dispatch(socketConnect()), state().status]).toEqual(['open', 'open'])
  })

  it('is corrected before a command that is dispatched at once', async () => {
    const { dispatch, recorder, state } = setupWith({ default: { ...stored, queued: 7 } })
    const connecting = dispatch(socketConnect())
    expect(state()).toMatchObject({ status: 'connecting', openedAt: null, attempt: 0, queued: 0 })
    expect(await connecting).toBe('open')
    expect(recorder.types.slice(0, 2)).toEqual([socketChanged.type, socketConnect.type])
  })

  it('is corrected in the entry of each connection', async () => {
    const { state, recorder } = setupWith({ default: idle, prices: stored }, ['default', 'prices'])
    await microtasks()
    expect([state().status, state('prices').status]).toEqual(['idle', 'idle'])
    expect(recorder.all.map((action) => isSocketAction(action, 'prices'))).toEqual([true])
  })

  it('is left alone in the entry of a connection that is not in the store', async () => {
    const { state } = setupWith({ other: stored })
    await microtasks()
    expect(state('other')).toEqual(stored)
  })

  it('is left alone after dispose', async () => {
    const { recorder, socket } = setupWith({ default: stored })
    socket.dispose()
    await microtasks()
    expect(recorder.types).toEqual([])
  })
})

const loggedOut = createAction('app/loggedOut')
const hydrated = createAction<object>('app/hydrated')
const noticed = createAction('app/noticed')

/** Starts over with an empty state at `loggedOut`, and takes the state of `hydrated` as it is. */
const resettable = (reduce: Reducer<unknown>): Reducer<unknown> => {
  return (state, action) => {
    if (hydrated.match(action)) return { ...(state as object), ...action.payload }
    return reduce(loggedOut.match(action) ? undefined : state, action)
  }
}

/** Opens a connection of a store with this root reducer. */
const setupRoot = async (rootReducer: Reducer<unknown>, options: StoreOptions = {}) => {
  const store = setupStore({ rootReducer, ...options })
  await store.dispatch(socketConnect())
  return store
}

const slices = combineReducers({ socket: socketReducer, count: (count: number = 0) => count }) as Reducer<unknown>

describe('the entry of an open connection', () => {
  it('is restored when a logout resets the root state', async () => {
    const store = await setupRoot(resettable(slices))
    const before = store.state()
    store.takeActions()
    const changes = store.recorder.count(socketChanged)
    store.dispatch(loggedOut())
    expect(store.state()).toEqual(before)
    expect(store.takeActions()).toEqual([loggedOut()])
    expect(store.recorder.count(socketChanged)).toBe(changes + 1)
  })

  it('is restored when the state of a server replaces it', async () => {
    const store = await setupRoot(resettable(slices))
    const before = store.state()
    store.dispatch(hydrated({ socket: { default: idle } }))
    expect(store.state()).toEqual(before)
    store.dispatch(hydrated({ socket: {} }))
    expect(store.state()).toEqual(before)
  })

  it('is restored at the next action when replaceReducer mounts the slice under another key', async () => {
    const store = setupStore({
      rootReducer: combineReducers({ socket: socketReducer }),
      selectSockets: ({ live, socket }: { live?: SocketsState; socket?: SocketsState }) => live ?? socket,
    })
    await store.dispatch(socketConnect())
    const before = store.state()
    store.store.replaceReducer(combineReducers({ live: socketReducer }) as never)
    expect(store.state().status).toBe('idle')
    store.dispatch(noticed())
    expect(store.state()).toEqual(before)
    await store.dispatch(socketClose())
    expect(store.state().status).toBe('closed')
  })

  it('is restored when replaceReducer removes the slice and later mounts it under another key', async () => {
    const store = setupStore({
      rootReducer: combineReducers({ socket: socketReducer }),
      selectSockets: ({ live, socket }: { live?: SocketsState; socket?: SocketsState }) => live ?? socket ?? {},
    })
    await store.dispatch(socketConnect())
    const before = store.state()
    store.store.replaceReducer(combineReducers({ other: (other: number = 0) => other }) as never)
    store.dispatch(noticed())
    takePrinted()
    store.store.replaceReducer(combineReducers({ live: socketReducer }) as never)
    store.dispatch(noticed())
    expect(store.state()).toEqual(before)
  })

  it('is created at the next action when the slice is injected after the connect', async () => {
    const rootReducer = combineSlices({ count: (count: number = 0) => count }).withLazyLoadedSlices<{
      socket: SocketsState
    }>()
    const store = await setupRoot(rootReducer as never)
    expect(store.state().status).toBe('idle')
    rootReducer.inject(socketSlice)
    store.dispatch(noticed())
    expect(store.state()).toMatchObject({ status: 'open', url: 'ws://a.example/ws', openedAt: expect.any(Number) })
    // Development warns of the store that had no slice at the connect.
    takePrinted()
  })

  it.each<[where: string, rootReducer: object, selectSockets: (state: never) => SocketsState]>([
    ['another key', combineReducers({ live: socketReducer }), ({ live }: { live: SocketsState }) => live],
    [
      'a nested key',
      combineReducers({ app: combineReducers({ net: combineReducers({ live: socketReducer }) }) }),
      ({ app }: { app: { net: { live: SocketsState } } }) => app.net.live,
    ],
  ])('is restored under %s', async (_where, reduce, selectSockets) => {
    const store = await setupRoot(resettable(reduce as Reducer<unknown>), { selectSockets })
    const before = store.state()
    expect(before.status).toBe('open')
    store.dispatch(loggedOut())
    expect(store.state()).toEqual(before)
  })

  it('is left alone by actions that do not change it', async () => {
    const store = await setupRoot(slices)
    const changes = store.recorder.count(socketChanged)
    for (let n = 0; n < 3; n++) store.dispatch(noticed())
    expect(store.recorder.count(socketChanged)).toBe(changes)
  })

  it('keeps the error of a callback that threw', async () => {
    const store = setupStore({
      toActions: () => {
        throw new Error('no')
      },
    })
    await store.dispatch(socketConnect())
    store.receiveJson(1)
    store.dispatch(noticed())
    expect(store.state().error).toMatchObject({ code: 'callback_failed' })
    expect(store.recorder.count(socketError)).toBe(1)
    expect(takeCallbackErrors()).toEqual(isDevelopment ? [new Error('no')] : [])
  })
})
