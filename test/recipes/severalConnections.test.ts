import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Action, Dispatch, EnhancedStore, UnknownAction } from '@reduxjs/toolkit'
import { selectSocketStatus, type SocketActions, type SocketDispatch, type SocketsState } from '../../src/index.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, giveWebSocket, until } from './support.js'

const page = 'docs/recipes/several-connections.md'

interface AppState {
  readonly socket: SocketsState
  readonly lines: readonly string[]
  readonly latest: Record<string, number>
}
type AppStore = Omit<EnhancedStore<AppState>, 'dispatch'> & { readonly dispatch: SocketDispatch & Dispatch }
interface StoreFile {
  readonly createAppStore: (urls: { chat: string; prices: string }) => {
    readonly store: AppStore
    readonly dispose: () => void
  }
  readonly selectIsConnected: (state: AppState) => boolean
}
interface ConnectionsFile {
  readonly chat: SocketActions
  readonly prices: SocketActions
  readonly said: (line: { text: string }) => Action
}
interface RoomsFile {
  readonly createRoomStore: (url: string) => {
    readonly store: AppStore
    readonly enter: (room: string) => {
      readonly actions: SocketActions
      readonly dispatch: (action: UnknownAction) => unknown
      readonly leave: () => void
    }
  }
}

const { chat, prices, said } = runFile(page, 'connections.ts') as ConnectionsFile

const startServer = async (options?: Parameters<typeof startEchoServer>[0]): Promise<EchoServer> => {
  const server = await startEchoServer(options)
  atTheEnd(server.stop)
  return server
}

beforeEach(giveWebSocket)

describe('an app with a chat and with prices', () => {
  it('receives from both servers, and opens the second connection at its first use', async () => {
    const talk = await startServer()
    const ticker = await startServer({
      echo: false,
      onConnection: ({ socket }) => socket.on('message', () => socket.send('{ "symbol": "ACME", "price": 7 }')),
    })
    const { createAppStore, selectIsConnected } = runFile(page, 'store.ts') as StoreFile
    const { store, dispose } = createAppStore({ chat: talk.url, prices: ticker.url })
    atTheEnd(dispose)

    expect(await store.dispatch(chat.connect())).toBe('open')
    store.dispatch(said({ text: 'hello' }))
    expect(store.dispatch(prices.send({ subscribe: 'ACME' }))).toMatchObject({ delivery: 'queued' })
    await until(store, ({ lines, latest }) => lines.length === 2 && latest['ACME'] === 7)

    expect(talk.received).toEqual([JSON.stringify(said({ text: 'hello' }))])
    expect(ticker.received).toEqual(['{"subscribe":"ACME"}'])
    expect(selectIsConnected(store.getState())).toBe(true)
    ticker.terminate()
    await until(store, (state) => !selectIsConnected(state))
    expect(selectSocketStatus(store.getState(), 'chat')).toBe('open')
  })
})

describe('an app with a connection for each room', () => {
  it('enters, leaves and enters again, without an effect on the other rooms', async () => {
    const server = await startServer()
    const { createRoomStore } = runFile(page, 'rooms.ts') as RoomsFile
    const { store, enter } = createRoomStore(server.url)
    const isOpen = async (room: string) => await until(store, (state) => selectSocketStatus(state, room) === 'open')

    const red = enter('red')
    const blue = enter('blue')
    await isOpen('red')
    await isOpen('blue')
    red.leave()
    expect(selectSocketStatus(store.getState(), 'red')).toBe('closed')
    const again = enter('red')
    await isOpen('red')
    again.dispatch(again.actions.send('to red'))
    await server.until(({ received }) => received.length === 1)

    expect(server.connections.map(({ path, received }) => [path, received])).toEqual(
      expect.arrayContaining([
        ['/?room=red', ['"to red"']],
        ['/?room=blue', []],
      ]),
    )
    expect(selectSocketStatus(store.getState(), 'blue')).toBe('open')
    again.leave()
    blue.leave()
  })
})
