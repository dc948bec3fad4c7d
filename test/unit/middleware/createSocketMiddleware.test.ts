import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  combineReducers,
  configureStore,
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
  socketReducer,
  socketSend,
  type OpenContext,
  type WebSocketClass,
} from '../../../src/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createRecorder } from '../../support/recorder.js'
import { takePrinted } from '../../support/store.js'
import { createWorld, openWorld, passTime, useFakeTime, type World } from './harness.js'

useFakeTime()

const typesOf = (actions: readonly UnknownAction[]): string[] => actions.map(({ type }) => type)
const settled = async <Outcome>(promise: Promise<Outcome>): Promise<Outcome> => {
  await passTime(1)
  return await promise
}

describe('R2 R8 what happens is a plain action', () => {
  it('open, message, error and close: four actions, an error before its close', async () => {
    const world = createWorld()
    void world.dispatch(socketConnect())
    await passTime(1)
    world.hearJson('hello')
    world.network.last.fail()
    expect(typesOf(world.news())).toEqual([
      'socket/connect',
      'socket/connecting',
      'socket/opened',
      'socket/message',
      'socket/error',
      'socket/closed',
      'socket/reconnecting',
    ])
  })

  it('M6 does nothing until it is told to', async () => {
    const world = createWorld()
    await passTime(60_000)
    expect(world.network.sockets).toHaveLength(0)
    expect(world.recorder.all).toEqual([])
    expect(world.state().status).toBe('idle')
  })

  it('R4 all of it is plain data, in actions and in state: RTK’s checks stay silent through a whole story', async () => {
    const world = createWorld({ reconnect: { backoff: () => 100, minUptime: 0 } })
    world.dispatch(socketSend('early'))
    void world.dispatch(socketConnect({ url: new URL('ws://b.example'), params: { token: 'a' } }))
    await passTime(1)
    world.hearJson({ a: 1 })
    world.hear('{')
    world.dispatch(socketSend(undefined))
    world.network.last.drop()
    await passTime(200)
    world.network.mode = 'refuse'
    void world.dispatch(socketReconnect())
    await passTime(50)
    world.network.mode = 'accept'
    await passTime(1_000)
    void world.dispatch(socketClose(3000, 'done'))
    await passTime(5_000)
    world.dispatch(socketSend('late'))
    expect(takePrinted()).toEqual([])
    expect(world.state().status).toBe('closed')
    expect(structuredClone(world.recorder.all)).toEqual(world.recorder.all)
    expect(JSON.parse(JSON.stringify(world.app()))).toEqual(world.app())
  })
})

describe('commands', () => {
  it.each<[command: UnknownAction & { type: string }, first: string]>([
    [socketConnect(), 'socket/connecting'],
    [socketReconnect(), 'socket/connecting'],
  ])('the reducers see %p before its events', async (command, first) => {
    const world = createWorld()
    world.dispatch(command)
    await passTime(1)
    expect(typesOf(world.news()).slice(0, 2)).toEqual([command.type, first])
  })

  it('R10 socketClose closes, and is seen before socketClosed', async () => {
    const world = await openWorld()
    expect(await settled(world.dispatch(socketClose(3001, 'bye')))).toBe('closed')
    expect(world.network.last.closedBy).toEqual({ code: 3001, reason: 'bye' })
    expect(typesOf(world.news())).toEqual([socketClose.type, socketClosed.type])
    expect(world.network.live).toBe(0)
  })

  it('say in meta.delivery that a middleware took them', async () => {
    const world = await openWorld()
    world.dispatch(socketSend(1, { id: 'a' }))
    void world.dispatch(socketReconnect())
    world.dispatch(socketSend(2, { id: 'b' }))
    await passTime(1)
    void world.dispatch(socketClose())
    await passTime(1)
    world.dispatch(socketSend(3, { id: 'c' }))
    const commands = world.recorder.all.filter(({ meta }) => Object.hasOwn(meta as object, 'delivery'))
    expect(commands.map(({ type, meta }) => [type, meta])).toEqual([
      [socketConnect.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'sent', id: 'a' }],
      [socketReconnect.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'queued', id: 'b' }],
      [socketClose.type, { socket: 'default', delivery: 'handled' }],
      [socketSend.type, { socket: 'default', delivery: 'dropped', reason: 'closed', id: 'c' }],
    ])
  })

  it('R9 a send after the close is reported as not sent: first the send, then its drop', async () => {
    const world = await openWorld()
    void world.dispatch(socketClose())
    await passTime(1)
    world.news()
    world.dispatch(socketSend(1, { id: 'late' }))
    expect(world.news()).toEqual([
      expect.objectContaining({ type: socketSend.type }),
      expect.objectContaining({ type: socketDropped.type, payload: { reason: 'closed', ids: ['late'], count: 1 } }),
    ])
  })

  it('R9 no message is dispatched after a close', async () => {
    const world = await openWorld({}, { lateDelivery: true, halfOpen: true })
    const { last } = world.network
    void world.dispatch(socketClose())
    world.news()
    last.receive('1')
    await passTime(5_000)
    last.receive('2')
    expect(world.recorder.count(socketMessage)).toBe(0)
  })

  it('inside an event are served after it', async () => {
    const world = createWorld()
    const statuses: string[] = []
    const stop = world.store.subscribe(() => {
      if (world.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      void world.dispatch(socketClose())
      statuses.push(world.state().status)
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(statuses).toEqual(['open'])
    expect(typesOf(world.news()).slice(2)).toEqual([socketOpened.type, socketClose.type, socketClosed.type])
  })

  it('a send inside an event goes out at once', async () => {
    const world = createWorld()
    let result: unknown
    const stop = world.store.subscribe(() => {
      if (world.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      result = world.dispatch(socketSend('hello'))
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(result).toMatchObject({ delivery: 'sent' })
    expect(world.sent()).toEqual(['"hello"'])
  })

  it('a reducer that throws at a send throws at the sender, and breaks nothing', async () => {
    let isBroken = true
    const world = await openWorld({
      reducer: {
        posts: (state = 0, { type }) => {
          if (isBroken && type === socketSend.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    expect(() => world.dispatch(socketSend(1))).toThrow('no')
    isBroken = false
    void world.dispatch(socketClose())
    await passTime(1)
    expect(world.state().status).toBe('closed')
  })

  it('a reducer that throws at a connect is reported; the connection comes up all the same', async () => {
    const world = createWorld({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketConnect.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    const outcome = world.dispatch(socketConnect())
    expect(await settled(outcome)).toBe('open')
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: '"dispatch(socket/connect)" threw: no' },
    ])
  })

  it('an action of the app’s own slice called socket passes', async () => {
    const world = await openWorld()
    const action = { type: 'socket/close', payload: { code: 1000, reason: '' } }
    expect(world.dispatch(action)).toBe(action)
    expect(world.dispatch({ type: 'constructor', meta: { socket: 'default' } })).toMatchObject({ type: 'constructor' })
    expect(typesOf(world.news())).toEqual(['socket/close', 'constructor'])
    expect(world.state().status).toBe('open')
  })
})

describe('R3 on open', () => {
  const notes = (world: World): string[] => typesOf(world.recorder.all).filter((type) => type !== 'socket/changed')

  it('the store knows first, then the queue goes out, then the page’s first requests', async () => {
    const statuses: string[] = []
    const world = createWorld({
      onOpen: ({ dispatch, getState, reconnected }) => {
        statuses.push(selectSocketStatus(getState() as never), String(reconnected))
        dispatch(socketSend('first request'))
      },
    })
    world.dispatch(socketSend('from the queue'))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(statuses).toEqual(['open', 'false'])
    expect(world.sent()).toEqual(['"from the queue"', '"first request"'])
    expect(notes(world).slice(-2)).toEqual([socketOpened.type, socketSend.type])
  })

  it('again after each reconnect, and says that it is one', async () => {
    const seen: boolean[] = []
    const world = await openWorld({
      reconnect: { backoff: () => 10 },
      onOpen: ({ reconnected }) => seen.push(reconnected),
    })
    world.network.last.drop()
    await passTime(100)
    void world.dispatch(socketClose())
    await passTime(100)
    void world.dispatch(socketConnect())
    await passTime(100)
    expect(seen).toEqual([false, true, false])
  })

  it('may dispatch thunks, and commands that are served after it', async () => {
    const world = await openWorld({
      onOpen: ({ dispatch }: OpenContext) => {
        dispatch((inner) => inner({ type: 'app/loaded' }))
        void dispatch(socketClose())
      },
    })
    await passTime(1)
    expect(world.recorder.count('app/loaded')).toBe(1)
    expect(world.state().status).toBe('closed')
  })

  it.each<[how: string, onOpen: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('no'))],
  ])('one that %s is reported once, and the connection stays', async (_how, onOpen) => {
    const world = await openWorld({ onOpen })
    await passTime(10)
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: '"onOpen" threw: no' },
    ])
    expect(world.state().status).toBe('open')
  })
})

describe('several connections in one store', () => {
  const prices = createSocketActions('prices')
  const chat = createSocketActions('chat')

  const createPair = () => {
    const networks = { prices: createFakeNetwork({ mode: 'accept' }), chat: createFakeNetwork({ mode: 'accept' }) }
    const recorder = createRecorder()
    const first = createSocketMiddleware({
      actions: prices,
      url: 'ws://prices.example',
      WebSocket: networks.prices.WebSocket,
      forward: 'both',
    })
    const second = createSocketMiddleware({
      actions: chat,
      url: 'ws://chat.example',
      WebSocket: networks.chat.WebSocket,
      forward: 'both',
    })
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(first.middleware, second.middleware).concat(recorder.middleware),
    })
    return { store, networks, recorder, first, second }
  }

  it('do not hear each other', async () => {
    const { store, networks, recorder } = createPair()
    void store.dispatch(prices.connect())
    await passTime(1)
    expect([networks.prices.sockets.length, networks.chat.sockets.length]).toEqual([1, 0])
    expect([selectSocketStatus(store.getState(), 'prices'), selectSocketStatus(store.getState(), 'chat')]).toEqual([
      'open',
      'idle',
    ])
    expect(store.dispatch(prices.send(1))).toMatchObject({ delivery: 'sent' })
    expect(store.dispatch(chat.send(2))).toMatchObject({ delivery: 'queued' })
    networks.prices.last.receive('"up"')
    expect(recorder.of(prices.message).map(({ payload, meta }) => [payload, meta])).toEqual([
      ['up', expect.objectContaining({ socket: 'prices' })],
    ])
    expect([recorder.count(chat.message), recorder.count(socketMessage)]).toEqual([0, 0])
    void store.dispatch(chat.connect())
    await passTime(1)
    void store.dispatch(prices.close())
    await passTime(1)
    expect([networks.prices.live, networks.chat.live]).toEqual([0, 1])
    expect(networks.chat.last.sent).toEqual(['2'])
  })

  it('both send what both forward', async () => {
    const { store, networks } = createPair()
    void store.dispatch(prices.connect())
    void store.dispatch(chat.connect())
    await passTime(1)
    store.dispatch({ type: 'both' })
    expect([networks.prices.last.sent, networks.chat.last.sent]).toEqual([['{"type":"both"}'], ['{"type":"both"}']])
  })

  it('a command that no middleware owns reaches the reducers unmarked, with a warning', async () => {
    const world = await openWorld()
    world.dispatch(prices.connect() as UnknownAction)
    expect(takePrinted()).toEqual([expect.stringContaining('"socket:prices/connect" reached the reducer')])
  })

  it('one may be added at run time, with createDynamicMiddleware', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const dynamic = createDynamicMiddleware()
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(dynamic.middleware),
    })
    const late = createSocketMiddleware({ actions: prices, url: 'ws://a.example', WebSocket: network.WebSocket })
    const dispatch = store.dispatch(dynamic.withMiddleware(late.middleware))
    dispatch(prices.send('early'))
    expect(await settled(dispatch(prices.connect()))).toBe('open')
    expect(network.last.sent).toEqual(['"early"'])
    expect(selectSocketStatus(store.getState(), 'prices')).toBe('open')
    late.dispose()
  })

  it('one middleware in two stores is two connections', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const socket = createSocketMiddleware({ url: 'ws://a.example', WebSocket: network.WebSocket })
    const createStore = () =>
      configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
    const [one, two] = [createStore(), createStore()]
    void one.dispatch(socketConnect())
    await passTime(1)
    expect(selectSocketStatus(two.getState())).toBe('idle')
    void two.dispatch(socketConnect())
    await passTime(1)
    expect(network.live).toBe(2)
    socket.dispose()
    expect(network.live).toBe(0)
  })
})

describe('dispose', () => {
  it('closes at once, and everything passes through from then on', async () => {
    const world = await openWorld({ forward: /.*/ })
    world.socket.dispose()
    expect(world.network.live).toBe(0)
    expect(world.state().status).toBe('closed')
    const send = socketSend(1)
    expect(world.dispatch(send as UnknownAction)).toBe(send)
    expect(takePrinted()).toEqual([expect.stringContaining('"socket/send" reached the reducer')])
    world.dispatch({ type: 'posts/created' })
    await passTime(60_000)
    expect(world.sent()).toEqual([])
    expect(world.network.sockets).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('drops what waits, and says so', () => {
    const world = createWorld()
    world.dispatch(socketSend(1, { id: 'a' }))
    world.socket.dispose()
    expect(world.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'closed', ids: ['a'], count: 1 },
    ])
  })

  it('settles a connect that waits, and may be called twice', async () => {
    const world = createWorld({}, { mode: 'manual' })
    const outcome = world.dispatch(socketConnect())
    await passTime(1)
    world.socket.dispose()
    world.socket.dispose()
    expect(await settled(outcome)).toBe('closed')
    expect(world.network.live).toBe(0)
  })

  it('inside an event ends the connection after it', async () => {
    const world = createWorld()
    const stop = world.store.subscribe(() => {
      if (world.recorder.all.at(-1)?.type !== socketOpened.type) return
      stop()
      world.socket.dispose()
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.state().status).toBe('closed')
    expect(world.network.live).toBe(0)
  })
})

describe('M2 a runtime without a WebSocket', () => {
  const given = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  afterEach(() => {
    if (given) Object.defineProperty(globalThis, 'WebSocket', given)
  })

  it('fails at the dial with a clear sentence, not at import nor at creation', async () => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const world = createWorld({ WebSocket: undefined } as object)
    const outcome = world.dispatch(socketConnect())
    expect(await settled(outcome)).toBe('failed')
    expect(world.recorder.of(socketFailed).map(({ payload }) => payload)).toEqual([
      { code: 'no_websocket', message: expect.stringContaining('Give the option "WebSocket"') },
    ])
    expect(world.state()).toMatchObject({ status: 'failed', error: { code: 'no_websocket' } })
  })

  it('is fine with one that is there by the time of the dial', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const world = createWorld({ WebSocket: undefined } as object)
    Object.defineProperty(globalThis, 'WebSocket', { value: network.WebSocket, configurable: true })
    expect(await settled(world.dispatch(socketConnect()))).toBe('open')
    Reflect.deleteProperty(globalThis, 'WebSocket')
  })
})

describe('a WebSocket whose constructor throws', () => {
  it.each<[what: string, thrown: unknown]>([
    ['an Error', new Error('no')],
    ['a DOMException, whose code is a number', new DOMException('no', 'SecurityError')],
    ['null', null],
  ])('%s is a failed attempt like any other', async (_what, thrown) => {
    const Throwing = function Throwing() {
      throw thrown
    } as unknown as WebSocketClass
    const world = createWorld({ WebSocket: Throwing, reconnect: { backoff: () => Infinity } })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.state().status).toBe('reconnecting')
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['connection_failed'])
  })
})

describe('in the company of RTK', () => {
  it('a listener may wait for an event and give a command', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const socket = createSocketMiddleware({ url: 'ws://a.example', WebSocket: network.WebSocket })
    const listener = createListenerMiddleware()
    listener.startListening({
      actionCreator: socketOpened as never,
      effect: (_action: unknown, api: { dispatch: (action: unknown) => unknown }) => {
        api.dispatch(socketSend('from a listener'))
      },
    })
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(socket.middleware, listener.middleware),
    })
    await settled(store.dispatch(socketConnect()))
    expect(network.last.sent).toEqual(['"from a listener"'])
    socket.dispose()
  })

  it('a slice may be optimistic about a send', async () => {
    const drafts = createReducer<string[]>([], (builder) =>
      builder.addMatcher(socketSend.match, (state, { payload }) => {
        state.push(String(payload))
      }),
    )
    const world = await openWorld({ reducer: { drafts } })
    world.dispatch(socketSend('hello'))
    expect(world.app()['drafts']).toEqual(['hello'])
  })

  it('events are matched by addCase', async () => {
    const opened = createReducer(0, (builder) => builder.addCase(socketOpened, (count) => count + 1))
    const world = await openWorld({ reducer: { opened } })
    expect(world.app()['opened']).toBe(1)
  })

  it('withTypes is the same function', () => {
    expect(createSocketMiddleware.withTypes<{ a: 1 }>()).toBe(createSocketMiddleware)
  })

  it('a store without the slice works as well', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const socket = createSocketMiddleware({ url: 'ws://a.example', WebSocket: network.WebSocket })
    const posted = createAction('a')
    const store = configureStore({
      reducer: combineReducers({ seen: createReducer(0, (builder) => builder.addCase(posted, (n) => n + 1)) }),
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    expect(await settled(store.dispatch(socketConnect()))).toBe('open')
    store.dispatch(posted())
    expect(store.getState()).toEqual({ seen: 1 })
    socket.dispose()
  })

  it('socketConnecting tells the attempt, its address without the query', async () => {
    const world = createWorld({ url: 'ws://user:secret@a.example/ws?token=secret' })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.recorder.of(socketConnecting).map(({ payload }) => payload)).toEqual([
      { attempt: 0, url: 'ws://a.example/ws?…' },
    ])
  })
})
