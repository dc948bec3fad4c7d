import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Dispatch, Store } from '@reduxjs/toolkit'
import { selectIsOpen, selectSocketStatus, type SocketsState } from '../../src/index.js'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, giveWebSocket, hurry, until } from '../recipes/support.js'
import { startEchoServer } from '../support/echoServer.js'

const page = 'docs/migration/redux-websocket.md'

interface Before {
  readonly chat: { readonly isConnected: boolean; readonly lines: readonly unknown[] }
}
interface After {
  readonly socket: SocketsState
  readonly lines: readonly unknown[]
}
interface App {
  readonly store: Store<Before | After>
  readonly open: (url: string) => unknown
  readonly say: (text: string) => unknown
  readonly leave: () => unknown
  readonly isOpen: () => boolean
  readonly lines: () => readonly unknown[]
}

const start = (side: 'before' | 'after'): App => {
  const { createChatStore } = runFile(page, `${side}/store.ts`) as { createChatStore: () => Store<Before | After> }
  const use = runFile(page, `${side}/use.ts`) as Record<
    'open' | 'say' | 'leave',
    (store: { dispatch: Dispatch }, text?: string) => unknown
  >
  const store = createChatStore()
  const app: App = {
    store,
    open: (url) => use.open(store, url),
    say: (text) => use.say(store, text),
    leave: () => use.leave(store),
    isOpen: () => {
      const state = store.getState()
      return 'chat' in state ? state.chat.isConnected : selectIsOpen(state)
    },
    lines: () => {
      const state = store.getState()
      return 'chat' in state ? state.chat.lines : state.lines
    },
  }
  atTheEnd(async () => {
    app.leave()
    await until(store, () => !app.isOpen())
  })
  return app
}

const startServer = async () => {
  const server = await startEchoServer()
  atTheEnd(server.stop)
  return server
}

let complaints: string[]

beforeEach(() => {
  giveWebSocket()
  hurry()
  complaints = []
  jest.spyOn(console, 'error').mockImplementation((...args) => void complaints.push(args.join(' ')))
})

describe.each(['before', 'after'] as const)('the chat, %s the change', (side) => {
  it('opens, sends, receives and closes', async () => {
    const server = await startServer()
    const app = start(side)
    app.open(server.url)
    await until(app.store, app.isOpen)
    server.send('{"text":"welcome"}')
    app.say('hello')
    await until(app.store, () => app.lines().length === 2)
    expect(app.lines()).toEqual([{ text: 'welcome' }, { text: 'hello' }])
    app.leave()
    await server.until(({ open }) => open.length === 0)
    expect(server.connections.map(({ ended }) => ended?.code)).toEqual([1000])
  })

  it('opens again when the server was restarted', async () => {
    const server = await startServer()
    const app = start(side)
    app.open(server.url)
    await until(app.store, app.isOpen)
    server.terminate()
    await until(app.store, () => !app.isOpen())
    await until(app.store, app.isOpen)
    app.say('again')
    await until(app.store, () => app.lines().length === 1)
    expect(app.lines()).toEqual([{ text: 'again' }])
  })
})

describe('the difference', () => {
  it.each([
    ['before', true],
    ['after', false],
  ] as const)("%s: Redux Toolkit's serializability check complains: %s", async (side, does) => {
    const server = await startServer()
    const app = start(side)
    app.open(server.url)
    await until(app.store, app.isOpen)
    expect(complaints.some((text) => text.includes('non-serializable value'))).toBe(does)
  })

  it.each([
    ['before', ['later']],
    ['after', ['early', 'later']],
  ] as const)('%s: of a send while connecting and one after that arrive: %s', async (side, arrived) => {
    const server = await startServer()
    const app = start(side)
    app.open(server.url)
    app.say('early')
    await until(app.store, app.isOpen)
    app.say('later')
    await until(app.store, () => app.lines().some((line) => (line as { text: string }).text === 'later'))
    expect(app.lines()).toEqual(arrived.map((text) => ({ text })))
  })

  it('before: continues to connect after a disconnect between two attempts', async () => {
    const server = await startServer()
    const app = start('before')
    app.open(server.url)
    await until(app.store, app.isOpen)
    await server.stop()
    await until(app.store, () => !app.isOpen())
    app.leave()
    await server.start()
    await server.onceConnected()
    await until(app.store, app.isOpen)
    expect(app.isOpen()).toBe(true)
  })

  it('after: stays closed', async () => {
    const server = await startServer()
    const app = start('after')
    app.open(server.url)
    await until(app.store, app.isOpen)
    await server.stop()
    await until(app.store, () => !app.isOpen())
    jest.useFakeTimers()
    app.leave()
    await server.start()
    await jest.advanceTimersByTimeAsync(60_000)
    jest.useRealTimers()
    expect(selectSocketStatus(app.store.getState() as After)).toBe('closed')
    expect(server.connections.length).toBe(1)
  })
})
