import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Dispatch, EnhancedStore } from '@reduxjs/toolkit'
import { WebSocket, type ClientOptions } from 'ws'
import {
  selectSocketStatus,
  socketClose,
  socketConnect,
  type SocketDispatch,
  type SocketsState,
  type WebSocketClass,
} from '../../src/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { setupStore } from '../support/setupStore.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, giveWebSocket, until } from './support.js'

const page = 'docs/recipes/react-native.md'

type AppStore = Omit<EnhancedStore<{ socket: SocketsState }>, 'dispatch'> & {
  readonly dispatch: SocketDispatch & Dispatch
}
interface Page {
  readonly createAppStore: (url: string) => { readonly store: AppStore; readonly dispose: () => void }
  readonly reconnectOnWake: (store: AppStore) => () => void
  readonly withHeaders: (
    Native: new (url: string, protocols: string | string[] | undefined, options: ClientOptions) => WebSocket,
    headers: () => Record<string, string>,
  ) => WebSocketClass
}

/** A phone app that enters the background and the foreground as the test says. */
const startApp = async () => {
  const server = await startEchoServer()
  atTheEnd(server.stop)
  const listeners = new Set<(state: string) => void>()
  const AppState = {
    addEventListener: (_type: 'change', listener: (state: string) => void) => {
      listeners.add(listener)
      return { remove: () => listeners.delete(listener) }
    },
  }
  const { createAppStore } = runFile(page, 'store.ts') as Page
  const { reconnectOnWake } = runFile(page, 'wake.ts', { 'react-native': { AppState } }) as Page
  const { store, dispose } = createAppStore(server.url)
  const stop = reconnectOnWake(store)
  atTheEnd(dispose)
  expect(await store.dispatch(socketConnect())).toBe('open')
  const goes = (state: string): void => {
    for (const listener of listeners) listener(state)
  }
  const away = (time: number): void => {
    const now = Date.now()
    goes('background')
    jest.spyOn(Date, 'now').mockReturnValueOnce(now + time)
    goes('active')
  }
  return { server, store, goes, away, stop, listeners, status: () => selectSocketStatus(store.getState()) }
}

beforeEach(giveWebSocket)

describe('a phone app that returns to the foreground', () => {
  it('opens a new connection after a long time', async () => {
    const { server, away } = await startApp()
    away(31_000)
    await server.until(({ connections }) => connections.length === 2)
    await server.until(({ open }) => open.length === 1)
    expect(server.open[0]).toBe(server.connections[1])
  })

  it('keeps its connection after a moment', async () => {
    const { server, goes, away, status } = await startApp()
    away(1_000)
    goes('inactive')
    goes('active')
    expect(status()).toBe('open')
    expect(server.connections.length).toBe(1)
  })

  it('starts an attempt at once while a retry waits', async () => {
    const { server, store, away, status } = await startApp()
    server.close(1012) // The first delay would be up to ten seconds.
    await until(store, () => status() === 'reconnecting')
    away(1_000)
    await until(store, () => status() === 'open')
    expect(server.connections.length).toBe(2)
  })

  it('keeps a closed connection closed', async () => {
    const { server, store, away, status } = await startApp()
    await store.dispatch(socketClose())
    away(3_600_000)
    expect(status()).toBe('closed')
    expect(server.connections.length).toBe(1)
  })

  it('removes its listener at the end', async () => {
    const { stop, listeners } = await startApp()
    stop()
    expect(listeners.size).toBe(0)
  })
})

describe('the class that adds headers', () => {
  it('sends fresh headers with every attempt, beside the subprotocols', async () => {
    const server = await startEchoServer()
    atTheEnd(server.stop)
    const { withHeaders } = runFile(page, 'headers.ts') as Page
    let token = 0
    const { dispatch, socket } = setupStore({
      url: server.url,
      protocols: 'chat',
      WebSocket: withHeaders(WebSocket, () => ({ authorization: `Bearer ${++token}` })),
    })
    atTheEnd(socket.dispose)
    await dispatch(socketConnect())
    await dispatch(socketClose())
    await dispatch(socketConnect())
    expect(server.connections.map(({ request }) => request.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
    expect(server.connections[0]?.request.headers['sec-websocket-protocol']).toBe('chat')
  })
})
