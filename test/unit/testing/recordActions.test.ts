import { configureStore } from '@reduxjs/toolkit'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  socketConnect,
  socketConnecting,
  socketOpened,
  socketReducer,
  socketSend,
} from '../../../src/index.js'
import { createFakeServer, expectAllClosed, recordActions } from '../../../src/testing/index.js'
import { createChat, said } from './chatStore.js'

let dispose = () => {}

afterEach(() => {
  dispose()
  expectAllClosed()
})

const setupChat = () => {
  const server = createFakeServer()
  const chat = createChat({ WebSocket: server.WebSocket })
  dispose = chat.dispose
  return { server, store: chat.store }
}

const withoutChanges = (types: readonly string[]) => types.filter((type) => !type.endsWith('/changed'))

describe('recordActions with a store', () => {
  it('records what the connection and the app dispatch, in the order of the reducers', async () => {
    const { server, store } = setupChat()
    const recorder = recordActions(store)
    await store.dispatch(socketConnect())
    store.dispatch(said('hi'))
    await server.send(said('hello'))
    expect(withoutChanges(recorder.types)).toEqual([
      socketConnect.type,
      socketConnecting.type,
      socketOpened.type,
      said.type,
      said.type,
    ])
  })

  it('records commands with their result, as the reducers get them', async () => {
    const { store } = setupChat()
    const recorder = recordActions(store)
    await store.dispatch(socketConnect())
    store.dispatch(socketSend('x', { id: 'x1' }))
    expect(recorder.of(socketSend)).toMatchObject([{ meta: { id: 'x1', delivery: 'sent' } }])
  })

  it('serves several recorders', async () => {
    const { store } = setupChat()
    const recorders = [recordActions(store), recordActions(store)]
    store.dispatch(said('hi'))
    expect(recorders.map(({ all }) => all.length)).toEqual([1, 1])
  })

  it('records the actions of a store whose only connection has a name', async () => {
    const server = createFakeServer()
    const actions = createSocketActions('prices')
    const socket = createSocketMiddleware({ url: 'ws://prices.test/', WebSocket: server.WebSocket, actions })
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    ;({ dispose } = socket)
    const recorder = recordActions(store, 'prices')
    await store.dispatch(actions.connect())
    expect(recorder.count(actions.opened)).toBe(1)
    // Redux Toolkit prints that the command, which no middleware takes, carries code.
    for (const method of ['error', 'warn'] as const) jest.spyOn(console, method).mockImplementation(() => {})
    expect(() => recordActions(store)).toThrow(
      'expected a store with a socket middleware for the connection "default", got none',
    )
  })
})

describe('recordActions without a store', () => {
  it('records the actions that reach its middleware', () => {
    const recorder = recordActions()
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().concat(recorder.middleware),
    })
    store.dispatch(said('hi'))
    expect(recorder.all).toEqual([said('hi')])
  })
})

describe('next of a recorder', () => {
  it('returns every match once, whether it was dispatched before or is dispatched later', async () => {
    const { store } = setupChat()
    const recorder = recordActions(store)
    store.dispatch(said('a'))
    store.dispatch(said('b'))
    const both = await recorder.nextMany(2, said)
    const third = recorder.next(said)
    store.dispatch(said('c'))
    expect([...both, await third].map(({ payload }) => payload)).toEqual(['a', 'b', 'c'])
  })

  it('takes a creator, a type or a predicate', async () => {
    const { store } = setupChat()
    const recorder = recordActions(store)
    for (const text of ['a', 'b', 'c']) store.dispatch(said(text))
    expect(await recorder.next(({ payload }) => payload === 'b')).toMatchObject(said('b'))
    expect(await recorder.next(said.type)).toMatchObject(said('a'))
    expect(await recorder.next(said)).toMatchObject(said('c'))
  })

  it('does not count what came before skip', async () => {
    const { store } = setupChat()
    const recorder = recordActions(store)
    store.dispatch(said('a'))
    recorder.skip()
    const next = recorder.next(said)
    store.dispatch(said('b'))
    expect(await next).toMatchObject(said('b'))
    expect(recorder.count(said)).toBe(2)
  })

  it('is named by pending, with what was recorded instead', async () => {
    const { store } = setupChat()
    const recorder = recordActions(store)
    expect(recorder.pending()).toBeNull()
    const opened = recorder.next(socketOpened)
    store.dispatch(said('a'))
    expect(recorder.pending()?.split('\n')).toEqual([
      'still waiting for socket/opened; seen so far:',
      expect.stringContaining('  {"type":"chat/said","payload":"a"'),
    ])
    void store.dispatch(socketConnect())
    await opened
    expect(recorder.pending()).toBeNull()
  })
})
