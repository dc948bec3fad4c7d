import { describe, expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketReducer } from '../../../src/index.js'
import { jsonRpc, selectSubscription, socketSubscribe } from '../../../src/rpc/index.js'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { connectClient, startServer } from '../../server/support.js'

// Of 300 subscriptions 111 were left after a restart of the server; of 150 with a slow "authorizeChannel", 100.

const all = 1_000

const immediate = async () => await new Promise<boolean>((resolve) => void setImmediate(resolve, true))

/** A store without Redux Toolkit's checks, which take long with a thousand subscriptions. */
const createStore = (url: string) => {
  const socket = createSocketMiddleware({ url, WebSocket, protocol: jsonRpc() })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware),
  })
  const until = async (test: () => boolean) =>
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!test()) return
        stop()
        resolve()
      }
      const stop = store.subscribe(check)
      check()
    })
  return {
    ...store,
    until,
    statusOf: (id: string) => selectSubscription(store.getState(), id)?.status,
    dispose: socket.dispose,
  }
}

const setups: readonly (readonly [string, SocketServerSettings])[] = [
  ['with the default options of both ends', {}],
  ['with an asynchronous "authorizeChannel"', { authorizeChannel: immediate }],
]

describe.each(setups)('as many subscriptions as a connection may have, %s', (_name, options) => {
  it('are live at first, and all again after a restart of the server', async () => {
    const first = await startServer(options)
    const store = createStore(first.url)
    await store.dispatch(socketConnect())
    const ids = Array.from({ length: all }, (_, number) => store.dispatch(socketSubscribe(`channel ${number}`)))
    const areActive = () => ids.every((id) => store.statusOf(id) === 'active')
    await store.until(areActive)
    await first.server.close({ within: 0 })
    await store.until(() => !areActive())
    await using second = await startServer(options, undefined, first.port)
    await store.until(areActive)
    const [connection] = second.server.connections
    expect(connection?.subscriptions).toHaveLength(all)
    expect([...first.codes(), ...second.codes()]).toEqual([])
    store.dispose()
  }, 30_000)

  it('can be asked for at once in batches', async () => {
    await using running = await startServer(options)
    const { client, connection } = await connectClient(running)
    for (let batch = 0; batch < all; batch += 100) {
      client.send(
        Array.from({ length: 100 }, (_, index) => ({
          jsonrpc: '2.0',
          id: batch + index,
          method: 'subscribe',
          params: [`channel ${batch + index}`, { filter: 'x'.repeat(1_000) }],
        })),
      )
    }
    const replies = new Set<unknown>()
    for (let batch = 0; batch < all; batch += 100) {
      for (const { result } of (await client.next()) as { result: string }[]) replies.add(result)
    }
    expect(replies.size).toBe(all)
    expect(connection.subscriptions).toHaveLength(all)
  })
})

describe('subscribe', () => {
  it('waits while many subscriptions are being authorised, instead of being refused', async () => {
    let running = 0
    let most = 0
    await using server = await startServer({
      maxPending: 3,
      authorizeChannel: async () => {
        most = Math.max(most, ++running)
        await immediate()
        running--
        return true
      },
    })
    const { client } = await connectClient(server)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => await client.request('subscribe', [`c${number}`])),
    )
    expect(answers.map(({ result }) => result)).toEqual(answers.map((_, number) => `c${number}#1`))
    expect(most).toBe(3)
  })

  it('counts those that are being authorised for maxSubscriptions', async () => {
    await using server = await startServer({ maxSubscriptions: 2, authorizeChannel: immediate })
    const { client, connection } = await connectClient(server)
    const answers = await Promise.all(['a', 'b', 'c'].map(async (name) => await client.request('subscribe', [name])))
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, undefined, -32_030])
    expect(connection.subscriptions).toHaveLength(2)
  })

  it('and unsubscribe are served beside as many requests as a connection may have', async () => {
    await using server = await startServer({ maxPending: 1 })
    server.server.methods({ wait: async () => await new Promise<void>(() => {}) })
    const { client } = await connectClient(server)
    void client.request('wait')
    expect((await client.request('subscribe', ['a'])).result).toBe('a#1')
    expect((await client.request('unsubscribe', ['a#1'])).result).toBe(true)
  })
})
