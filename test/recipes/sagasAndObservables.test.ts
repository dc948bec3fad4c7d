import { describe, expect, it } from '@jest/globals'
import type { Action, Store } from '@reduxjs/toolkit'
import { createSocketServer, type SocketServer } from '../../src/server/index.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, until, usePage } from './support.js'

const page = 'docs/recipes/sagas-and-observables.md'

usePage()

const startServer = async () => {
  const server = createSocketServer({ port: 0, host: '127.0.0.1' })
  await server.ready
  atTheEnd(async () => await server.close({ within: 0 }))
  return { server, url: `ws://127.0.0.1:${server.port}/ws` }
}

/** Resolves with the next messages of all clients. */
const messagesOf = (server: SocketServer) => {
  const messages: unknown[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  server.messages.forEach((message) => {
    messages.push(message)
    for (const { count, resolve } of waiting) if (messages.length >= count) resolve()
  })
  const reach = async (count: number) => {
    if (messages.length < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }))
    return messages
  }
  return reach
}

interface Chat {
  readonly store: Store
  readonly task: { readonly toPromise: () => Promise<unknown> }
  readonly dispose: () => void
}

describe('a saga', () => {
  it('joins, takes messages, joins again after a cut, and closes when the room is left', async () => {
    const { server, url } = await startServer()
    const reach = messagesOf(server)
    const lines: string[] = []
    const { createChat } = runFile(page, 'saga.ts') as {
      createChat: (url: string, log: (line: string) => void) => Chat
    }
    const { store, task, dispose } = createChat(url, (line) => lines.push(line))
    atTheEnd(dispose)
    expect(await reach(1)).toEqual([{ join: 'sea' }])
    const [first] = [...server.connections]
    first?.send({ said: 'hello' })
    await until(store, () => lines.length === 1)
    expect(lines).toEqual(['{"said":"hello"}'])
    first?.ws.terminate()
    expect(await reach(2)).toEqual([{ join: 'sea' }, { join: 'sea' }])
    store.dispatch({ type: 'room/left' })
    await task.toPromise()
    expect((store.getState() as { socket: { chat: { status: string } } }).socket.chat.status).toBe('closed')
  })
})

describe('an epic', () => {
  it('asks on open, and emits a price that has settled', async () => {
    const { server, url } = await startServer()
    server.messages.forEach((_message, sender) => {
      sender.send({ symbol: 'ACME', price: 7 })
      sender.send({ symbol: 'ACME', price: 8 })
    })
    const { createPrices, prices } = runFile(page, 'epics.ts') as {
      createPrices: (url: string) => { store: Store<{ settled: number | null }>; dispose: () => void }
      prices: { connect: () => Action }
    }
    const { store, dispose } = createPrices(url)
    atTheEnd(dispose)
    const settled: (number | null)[] = []
    store.subscribe(() => {
      const { settled: price } = store.getState()
      if (price !== null && settled.at(-1) !== price) settled.push(price)
    })
    // `createPrices` exports another copy of its actions: the type and the name are what counts.
    store.dispatch(prices.connect())
    await until(store, (state) => state.settled !== null)
    expect(settled).toEqual([8])
  })
})
