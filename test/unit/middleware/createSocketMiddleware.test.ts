import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  combineReducers,
  createAction,
  createDynamicMiddleware,
  createListenerMiddleware,
  createReducer,
  type UnknownAction,
} from '@reduxjs/toolkit'
import {
  createSocketActions,
  createSocketMiddleware,
  selectSocketStatus,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketSend,
  type OpenContext,
  type SocketDispatch,
  type WebSocketClass,
} from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takePrinted } from '../../support/leaks.js'
import { setupOpenStore, setupStore, type TestStore } from '../../support/setupStore.js'
import { isDevelopment, sentence } from '../../support/mode.js'

useFakeTime()

const typesOf = (actions: readonly UnknownAction[]): string[] => actions.map(({ type }) => type)
const settled = async <Outcome>(promise: Promise<Outcome>): Promise<Outcome> => {
  await advanceTime(1)
  return await promise
}

describe('the events of a connection', () => {
  it('are plain actions for open, message, error and close, with an error before its close', async () => {
    const store = setupStore()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson('hello')
    store.network.last.fail()
    expect(typesOf(store.takeActions())).toEqual([
      'socket/connect',
      'socket/connecting',
      'socket/opened',
      'socket/message',
      'socket/error',
      'socket/closed',
      'socket/reconnecting',
    ])
  })

  it('do not start before a command', async () => {
    const store = setupStore()
    await advanceTime(60_000)
    expect(store.network.connections).toHaveLength(0)
    expect(store.recorder.all).toEqual([])
    expect(store.state().status).toBe('idle')
  })

  it('are plain data, in actions and in state: RTK’s checks report nothing', async () => {
    const store = setupStore({ reconnect: { backoff: () => 100, minUptime: 0 } })
    store.dispatch(socketSend('early'))
    void store.dispatch(socketConnect({ url: new URL('ws://b.example'), params: { token: 'a' } }))
    await advanceTime(1)
    store.receiveJson({ a: 1 })
    store.receive('{')
    store.dispatch(socketSend(undefined))
    store.network.last.cut()
    await advanceTime(200)
    store.network.mode = 'refuse'
    void store.dispatch(socketReconnect())
    await advanceTime(50)
    store.network.mode = 'accept'
    await advanceTime(1_000)
    void store.dispatch(socketClose(3000, 'done'))
    await advanceTime(5_000)
    store.dispatch(socketSend('late'))
    expect(takePrinted()).toEqual([])
    expect(store.state().status).toBe('closed')
    expect(structuredClone(store.recorder.all)).toEqual(store.recorder.all)
    expect(JSON.parse(JSON.stringify(store.app()))).toEqual(store.app())
  })
})

describe('a command', () => {
  it.each<[command: UnknownAction & { type: string }, first: string]>([
    [socketConnect(), 'socket/connecting'],
    [socketReconnect(), 'socket/connecting'],
  ])('reaches the reducers before its events: %p', async (command, first) => {
    const store = setupStore()
    store.dispatch(command)
    await advanceTime(1)
    expect(typesOf(store.takeActions()).slice(0, 2)).toEqual([command.type, first])
  })

  it('socketClose closes the connection, and is dispatched before socketClosed', async () => {
    const store = await setupOpenStore()
    expect(await settled(store.dispatch(socketClose(3001, 'bye')))).toBe('closed')
    expect(store.network.last.closedBy).toEqual({ code: 3001, reason: 'bye' })
    expect(typesOf(store.takeActions())).toEqual([socketClose.type, socketClosed.type])
    expect(store.network.live).toBe(0)
  })

  it('has meta.delivery once a middleware has carried it out', async () => {
    const store = await setupOpenStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    void store.dispatch(socketReconnect())
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime(1)
    void store.dispatch(socketClose())
    await advanceTime(1)
    store.dispatch(socketSend(3, { id: 'c' }))
    const commands = store.recorder.all.filter(({ meta }) => Object.hasOwn(meta as object, 'delivery'))
    expect(commands.map(({ type, meta }) => [type, meta])).toEqual([
      [socketConnect.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'sent', id: 'a' }],
      [socketReconnect.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'queued', id: 'b' }],
      [socketClose.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'dropped', reason: 'closed', id: 'c' }],
    ])
  })

  it('after the close is reported as not sent: first the send, then its drop', async () => {
    const store = await setupOpenStore()
    void store.dispatch(socketClose())
    await advanceTime(1)
    store.takeActions()
    store.dispatch(socketSend(1, { id: 'late' }))
    expect(store.takeActions()).toEqual([
      expect.objectContaining({ type: socketSend.type }),
      expect.objectContaining({ type: socketDropped.type, payload: { reason: 'closed', ids: ['late'], count: 1 } }),
    ])
  })

  it('socketClose ends the messages', async () => {
    const store = await setupOpenStore({}, { lateDelivery: true, halfOpen: true })
    const { last } = store.network
    void store.dispatch(socketClose())
    store.takeActions()
    last.sendRaw('1')
    await advanceTime(5_000)
    last.sendRaw('2')
    expect(store.recorder.count(socketMessage)).toBe(0)
  })

  it('inside an event runs after the event', async () => {
    const store = setupStore()
    const statuses: string[] = []
    const stop = store.store.subscribe(() => {
      if (store.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      void store.dispatch(socketClose())
      statuses.push(store.state().status)
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(statuses).toEqual(['open'])
    expect(typesOf(store.takeActions()).slice(2)).toEqual([socketOpened.type, socketClose.type, socketClosed.type])
  })

  it('inside an event goes out at once when it is a send', async () => {
    const store = setupStore()
    let result: unknown
    const stop = store.store.subscribe(() => {
      if (store.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      result = store.dispatch(socketSend('hello'))
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(result).toMatchObject({ delivery: 'sent' })
    expect(store.sent()).toEqual(['"hello"'])
  })

  it('lets its sender catch the error of a reducer when it is a send, and the connection continues', async () => {
    let isBroken = true
    const store = await setupOpenStore({
      reducer: {
        posts: (state = 0, { type }) => {
          if (isBroken && type === socketSend.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    expect(() => store.dispatch(socketSend(1))).toThrow('no')
    isBroken = false
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(store.state().status).toBe('closed')
  })

  it('is reported when a reducer throws, and the connection opens', async () => {
    const store = setupStore({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketConnect.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    const outcome = store.dispatch(socketConnect())
    expect(await settled(outcome)).toBe('open')
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"dispatch(socket/connect)" threw: no') },
    ])
  })

  it('is not an action of the app’s own slice called socket', async () => {
    const store = await setupOpenStore()
    const action = { type: 'socket/close', payload: { code: 1000, reason: '' } }
    expect(store.dispatch(action)).toBe(action)
    expect(store.dispatch({ type: 'constructor', meta: { socket: 'default' } })).toMatchObject({ type: 'constructor' })
    expect(typesOf(store.takeActions())).toEqual(['socket/close', 'constructor'])
    expect(store.state().status).toBe('open')
  })
})

describe('onOpen', () => {
  const notes = (store: TestStore): string[] => typesOf(store.recorder.all).filter((type) => type !== 'socket/changed')

  it('is called once the store is open and the queue was flushed; its sends follow', async () => {
    const statuses: string[] = []
    const store = setupStore({
      onOpen: ({ dispatch, getState, reconnected }) => {
        statuses.push(selectSocketStatus(getState() as never), String(reconnected))
        dispatch(socketSend('first request'))
      },
    })
    store.dispatch(socketSend('from the queue'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(statuses).toEqual(['open', 'false'])
    expect(store.sent()).toEqual(['"from the queue"', '"first request"'])
    expect(notes(store).slice(-2)).toEqual([socketOpened.type, socketSend.type])
  })

  it('is called after each reconnect, with reconnected: true', async () => {
    const seen: boolean[] = []
    const store = await setupOpenStore({
      reconnect: { backoff: () => 10 },
      onOpen: ({ reconnected }) => seen.push(reconnected),
    })
    store.network.last.cut()
    await advanceTime(100)
    void store.dispatch(socketClose())
    await advanceTime(100)
    void store.dispatch(socketConnect())
    await advanceTime(100)
    expect(seen).toEqual([false, true, false])
  })

  it('may dispatch thunks, and commands that run after it', async () => {
    const store = await setupOpenStore({
      onOpen: ({ dispatch }: OpenContext) => {
        dispatch((inner) => inner({ type: 'app/loaded' }))
        void dispatch(socketClose())
      },
    })
    await advanceTime(1)
    expect(store.recorder.count('app/loaded')).toBe(1)
    expect(store.state().status).toBe('closed')
  })

  it.each<[how: string, onOpen: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('no'))],
  ])('that %s is reported once, and the connection stays open', async (_how, onOpen) => {
    const store = await setupOpenStore({ onOpen })
    await advanceTime(10)
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"onOpen" threw: no') },
    ])
    expect(store.state().status).toBe('open')
  })
})

describe('several connections in one store', () => {
  const prices = createSocketActions('prices')
  const chat = createSocketActions('chat')

  const createPair = () => {
    const networks = { prices: createHeldServer({ mode: 'accept' }), chat: createHeldServer({ mode: 'accept' }) }
    const second = createSocketMiddleware({
      actions: chat,
      url: 'ws://chat.example',
      WebSocket: networks.chat.WebSocket,
      forward: 'both',
    })
    const store = setupStore({
      actions: prices,
      url: 'ws://prices.example',
      WebSocket: networks.prices.WebSocket,
      forward: 'both',
      connections: [second],
    })
    return { store, networks, recorder: store.recorder }
  }

  it('receive only their own messages', async () => {
    const { store, networks, recorder } = createPair()
    void store.dispatch(prices.connect())
    await advanceTime(1)
    expect([networks.prices.connections.length, networks.chat.connections.length]).toEqual([1, 0])
    expect([store.state('prices').status, store.state('chat').status]).toEqual(['open', 'idle'])
    expect(store.dispatch(prices.send(1))).toMatchObject({ delivery: 'sent' })
    expect(store.dispatch(chat.send(2))).toMatchObject({ delivery: 'queued' })
    networks.prices.last.sendRaw('"up"')
    expect(recorder.of(prices.message).map(({ payload, meta }) => [payload, meta])).toEqual([
      ['up', expect.objectContaining({ socket: 'prices' })],
    ])
    expect([recorder.count(chat.message), recorder.count(socketMessage)]).toEqual([0, 0])
    void store.dispatch(chat.connect())
    await advanceTime(1)
    void store.dispatch(prices.close())
    await advanceTime(1)
    expect([networks.prices.live, networks.chat.live]).toEqual([0, 1])
    expect(networks.chat.last.receivedRaw).toEqual(['2'])
  })

  it('all send an action that all forward', async () => {
    const { store, networks } = createPair()
    void store.dispatch(prices.connect())
    void store.dispatch(chat.connect())
    await advanceTime(1)
    store.dispatch({ type: 'both' })
    expect([networks.prices.last.receivedRaw, networks.chat.last.receivedRaw]).toEqual([
      ['{"type":"both"}'],
      ['{"type":"both"}'],
    ])
  })

  it('let a command without a middleware reach the reducers unmarked, with a warning', async () => {
    const store = await setupOpenStore()
    store.dispatch(prices.connect() as UnknownAction)
    const warning = expect.stringContaining('"socket:prices/connect" reached the reducer')
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
  })

  it('may be added at run time, with createDynamicMiddleware', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const dynamic = createDynamicMiddleware()
    const late = createSocketMiddleware({ actions: prices, url: 'ws://a.example', WebSocket: network.WebSocket })
    const store = setupStore({ connections: [{ middleware: dynamic.middleware, dispose: late.dispose }] })
    // The store's type does not know the dynamic middleware.
    const dispatch = store.dispatch(dynamic.withMiddleware(late.middleware) as never) as SocketDispatch
    dispatch(prices.send('early'))
    expect(await settled(dispatch(prices.connect()))).toBe('open')
    expect(network.last.receivedRaw).toEqual(['"early"'])
    expect(store.state('prices').status).toBe('open')
  })

  it('belong to one middleware in two stores', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const socket = createSocketMiddleware({ url: 'ws://a.example', WebSocket: network.WebSocket })
    const [one, two] = [setupStore({ create: () => socket }), setupStore({ create: () => socket })]
    void one.dispatch(socketConnect())
    await advanceTime(1)
    expect(two.state().status).toBe('idle')
    void two.dispatch(socketConnect())
    await advanceTime(1)
    expect(network.live).toBe(2)
    socket.dispose()
    expect(network.live).toBe(0)
  })
})

describe('dispose', () => {
  it('closes at once, and actions pass through afterwards', async () => {
    const store = await setupOpenStore({ forward: /.*/ })
    store.socket.dispose()
    expect(store.network.live).toBe(0)
    expect(store.state().status).toBe('closed')
    const send = socketSend(1)
    expect(store.dispatch(send as UnknownAction)).toBe(send)
    const warning = expect.stringContaining('"socket/send" reached the reducer')
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
    store.dispatch({ type: 'posts/created' })
    await advanceTime(60_000)
    expect(store.sent()).toEqual([])
    expect(store.network.connections).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('drops the queue, and reports it', () => {
    const store = setupStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.socket.dispose()
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'closed', ids: ['a'], count: 1 },
    ])
  })

  it('settles a connect that waits, and may be called twice', async () => {
    const store = setupStore({}, { mode: 'hold' })
    const outcome = store.dispatch(socketConnect())
    await advanceTime(1)
    store.socket.dispose()
    store.socket.dispose()
    expect(await settled(outcome)).toBe('closed')
    expect(store.network.live).toBe(0)
  })

  it('inside an event ends the connection after that event', async () => {
    const store = setupStore()
    const stop = store.store.subscribe(() => {
      if (store.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      store.socket.dispose()
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.state().status).toBe('closed')
    expect(store.network.live).toBe(0)
  })
})

describe('a runtime without a WebSocket', () => {
  const given = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  afterEach(() => {
    if (given) Object.defineProperty(globalThis, 'WebSocket', given)
  })

  it('fails at the first attempt with no_websocket, not at import nor at creation', async () => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const store = setupStore({ WebSocket: undefined })
    const outcome = store.dispatch(socketConnect())
    expect(await settled(outcome)).toBe('failed')
    expect(store.recorder.of(socketFailed).map(({ payload }) => payload)).toEqual([
      { at: expect.any(Number), code: 'no_websocket', message: sentence(/Give the option "WebSocket"/) },
    ])
    expect(store.state()).toMatchObject({ status: 'failed', error: { code: 'no_websocket' } })
  })

  it('connects when it has one by the time of the attempt', async () => {
    const network = createHeldServer({ mode: 'accept' })
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const store = setupStore({ WebSocket: undefined })
    Object.defineProperty(globalThis, 'WebSocket', { value: network.WebSocket, configurable: true })
    expect(await settled(store.dispatch(socketConnect()))).toBe('open')
    Reflect.deleteProperty(globalThis, 'WebSocket')
  })
})

describe('a WebSocket whose constructor throws', () => {
  it.each<[what: string, thrown: unknown]>([
    ['an Error', new Error('no')],
    ['a DOMException, whose code is a number', new DOMException('no', 'SecurityError')],
    ['null', null],
  ])('%s fails the attempt', async (_what, thrown) => {
    const Throwing = function Throwing() {
      throw thrown
    } as unknown as WebSocketClass
    const store = setupStore({ WebSocket: Throwing, reconnect: { backoff: () => Infinity } })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.state().status).toBe('reconnecting')
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['connection_failed'])
  })
})

describe('beside other parts of RTK', () => {
  it('a listener may wait for an event and dispatch a command', async () => {
    const listener = createListenerMiddleware()
    listener.startListening({
      actionCreator: socketOpened as never,
      effect: (_action: unknown, api: { dispatch: (action: unknown) => unknown }) => {
        api.dispatch(socketSend('from a listener'))
      },
    })
    const store = setupStore({ middleware: [listener.middleware] })
    await settled(store.dispatch(socketConnect()))
    expect(store.sent()).toEqual(['"from a listener"'])
  })

  it('a slice may reduce a send optimistically', async () => {
    const drafts = createReducer<string[]>([], (builder) =>
      builder.addMatcher(socketSend.match, (state, { payload }) => {
        state.push(String(payload))
      }),
    )
    const store = await setupOpenStore({ reducer: { drafts } })
    store.dispatch(socketSend('hello'))
    expect(store.app()['drafts']).toEqual(['hello'])
  })

  it('addCase matches events', async () => {
    const opened = createReducer(0, (builder) => builder.addCase(socketOpened, (count) => count + 1))
    const store = await setupOpenStore({ reducer: { opened } })
    expect(store.app()['opened']).toBe(1)
  })

  it('withTypes returns the same function', () => {
    expect(createSocketMiddleware.withTypes<{ a: 1 }>()).toBe(createSocketMiddleware)
  })

  it('a store without the slice works too; development warns of it once', async () => {
    const posted = createAction('a')
    const seen = createReducer(0, (builder) => builder.addCase(posted, (n) => n + 1))
    const store = setupStore({ rootReducer: combineReducers({ seen }) })
    expect(await settled(store.dispatch(socketConnect()))).toBe('open')
    store.dispatch(posted())
    expect(store.app()).toEqual({ seen: 1 })
    expect(takePrinted().join('\n')).toMatch(isDevelopment ? /^[^\n]*socketReducer is not in the store[^\n]*$/ : /^$/)
  })

  it('socketConnecting has the attempt and its address without the query', async () => {
    const store = setupStore({ url: 'ws://user:secret@a.example/ws?token=secret' })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.recorder.of(socketConnecting).map(({ payload }) => payload)).toEqual([
      { attempt: 0, url: 'ws://a.example/ws?…' },
    ])
  })
})
