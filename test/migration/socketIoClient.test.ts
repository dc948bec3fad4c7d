import { createServer, type Server } from 'node:http'
import { describe, expect, it, jest } from '@jest/globals'
import type { Store, UnknownAction } from '@reduxjs/toolkit'
import { io, type Socket } from 'socket.io-client'
import { selectIsOpen, selectQueued, type SocketsState } from '../../src/index.js'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, listenOnce, until, usePage } from '../recipes/support.js'

const page = 'docs/migration/socket.io-client.md'

interface Line {
  readonly id: number
  readonly text: string
}
interface Before {
  readonly chat: { readonly isConnected: boolean; readonly lines: readonly Line[] }
}
interface After {
  readonly socket: SocketsState
  readonly lines: readonly Line[]
}
interface Chat {
  readonly createChatStore: () => Store<Before | After>
  readonly open: (url: string) => UnknownAction
  readonly say: (text: string) => UnknownAction
  readonly leave: () => UnknownAction
}
interface Backend {
  readonly serveChat: (http: Server) => { readonly close: () => void }
}
type Side = 'before' | 'after'

/** The client of Socket.IO; its sockets are closed after the test, also those that the app no longer holds. */
const watchedIo = (...args: Parameters<typeof io>): Socket => {
  const socket = io(...args)
  atTheEnd(() => socket.disconnect())
  return socket
}

const start = (side: Side) => {
  const { createChatStore, open, say, leave } = runFile(page, `${side}/chat.ts`, {
    'socket.io-client': { io: watchedIo },
  }) as Chat
  const store = createChatStore()
  atTheEnd(() => store.dispatch(leave()))
  const isOpen = (): boolean => {
    const state = store.getState()
    return 'chat' in state ? state.chat.isConnected : selectIsOpen(state)
  }
  const lines = (): readonly Line[] => {
    const state = store.getState()
    return 'chat' in state ? state.chat.lines : state.lines
  }
  return {
    store,
    open: (url: string) => store.dispatch(open(url)),
    /** The number of the message. */
    say: async (text: string): Promise<number> => {
      const answer = store.dispatch(say(text)) as unknown as Promise<number> & { unwrap?: () => Promise<number> }
      return await (answer.unwrap?.() ?? answer)
    },
    leave: () => store.dispatch(leave()),
    isOpen,
    lines,
    said: async (count: number) => await until(store, () => lines().length === count),
  }
}

/** Both servers on one HTTP server, as on the page. */
const serve = async (): Promise<string> => {
  const http = createServer()
  for (const side of ['before', 'after']) {
    const { close } = (runFile(page, `${side}/server.ts`) as Backend).serveChat(http)
    atTheEnd(close)
  }
  return `http://127.0.0.1:${await listenOnce(http)}`
}

usePage()

describe.each(['before', 'after'] as const)('the chat, %s the change', (side) => {
  it('sends a message, gets its number, and everybody receives it', async () => {
    const url = await serve()
    const [ada, bob] = [start(side), start(side)]
    ada.open(url)
    bob.open(url)
    await Promise.all([until(ada.store, ada.isOpen), until(bob.store, bob.isOpen)])
    expect(await ada.say('hello')).toBe(1)
    expect(await bob.say('hi')).toBe(2)
    await Promise.all([ada.said(2), bob.said(2)])
    expect(ada.lines()).toEqual([
      { id: 1, text: 'hello' },
      { id: 2, text: 'hi' },
    ])
    expect(bob.lines()).toEqual(ada.lines())
  })

  it('receives nothing once it has left', async () => {
    const url = await serve()
    const [ada, bob] = [start(side), start(side)]
    ada.open(url)
    bob.open(url)
    await Promise.all([until(ada.store, ada.isOpen), until(bob.store, bob.isOpen)])
    bob.leave()
    await until(bob.store, () => !bob.isOpen())
    await ada.say('hello')
    await ada.said(1)
    expect(bob.lines()).toEqual([])
  })

  it('sends messages that were sent before it was open', async () => {
    const url = await serve()
    const ada = start(side)
    ada.open(url)
    expect(await ada.say('early')).toBe(1)
    await ada.said(1)
    expect(ada.lines()).toEqual([{ id: 1, text: 'early' }])
  })
})

describe('the difference', () => {
  it.each([
    ['before', 2],
    ['after', 1],
  ] as const)('%s: opened twice, each message arrives %d times', async (side, times) => {
    const url = await serve()
    const [ada, bob] = [start(side), start(side)]
    ada.open(url)
    ada.open(url)
    bob.open(url)
    await Promise.all([until(ada.store, ada.isOpen), until(bob.store, bob.isOpen)])
    for (const text of ['one', 'two', 'three']) await ada.say(text)
    await ada.said(3 * times)
    expect(ada.lines().filter(({ text }) => text === 'one').length).toBe(times)
  })

  it('after: the queue of a closed connection is bounded, and drops are reported', async () => {
    const ada = start('after')
    jest.spyOn(console, 'error').mockImplementation(() => {})
    ada.open('ws://127.0.0.1:9')
    for (let n = 0; n < 1_001; n++) ada.say('hello').catch(() => {})
    await until(ada.store, (state) => selectQueued(state as After) === 1_000)
    await expect(ada.say('one too many')).rejects.toMatchObject({ code: 'overflow' })
  })
})
