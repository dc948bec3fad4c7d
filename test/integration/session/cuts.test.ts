import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { WebSocket as WsWebSocket } from 'ws'
import {
  socketClose,
  socketConnect,
  socketDropped,
  socketMessage,
  socketOpened,
  socketSend,
} from '../../../src/index.js'
import { jsonRpc, socketPush, socketRequest, socketSubscribe, socketSubscribed } from '../../../src/rpc/index.js'
import { socketAcknowledged } from '../../../src/session/index.js'
import { startServer } from '../../server/support.js'
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy.js'
import { setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

// The client's session with the companion server, over real sockets that are cut.

type Started = Awaited<ReturnType<typeof startServer>>

let started: Started
let proxy: FaultProxy
let handled: unknown[]
let waiting: (() => void)[]

const startSessions = async (port?: number) => {
  started = await startServer({ session: { ackInterval: 5 } }, undefined, port)
  started.server.methods({
    echo: (params: unknown) => params,
    slow: async (params: unknown) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return params
    },
  })
  started.server.onMessage('said', (payload) => void handled.push(payload))
}

beforeEach(async () => {
  handled = []
  waiting = []
  await startSessions()
  proxy = await startFaultProxy(Number(new URL(started.url).port))
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await started[Symbol.asyncDispose]()
})

const said = (payload: unknown) => ({ type: 'said', payload })

const connected = async (options: StoreOptions = {}): Promise<TestStore> => {
  const { pathname } = new URL(started.url)
  const store = setupStore({
    url: `ws://127.0.0.1:${proxy.port}${pathname}`,
    WebSocket: WsWebSocket,
    reconnect: { backoff: () => 5, minUptime: 0 },
    session: { ackInterval: 5 },
    ...options,
  })
  await store.dispatch(socketConnect())
  return store
}

const verdicts = (store: TestStore) => store.recorder.of(socketOpened).map(({ payload }) => payload.session)
const range = (length: number) => Array.from({ length }, (_, index) => index)

/** Waits until all these sends are acknowledged. */
const allAcknowledged = async (store: TestStore, ids: readonly string[]) => {
  const open = new Set(ids)
  for (const { payload } of store.recorder.of(socketAcknowledged)) for (const id of payload.ids) open.delete(id)
  while (open.size) {
    const { payload } = await store.recorder.next(socketAcknowledged)
    for (const id of payload.ids) open.delete(id)
  }
}

describe('a connection that is cut', () => {
  it('loses none of a hundred messages that were sent into a dying link', async () => {
    const store = await connected()
    expect(verdicts(store)).toEqual(['new'])
    proxy.freeze()
    const ids = range(100).map((index) => store.dispatch(socketSend(said(index))).id)
    await proxy.resume()
    proxy.drop()
    await allAcknowledged(store, ids)
    expect([handled, verdicts(store), store.recorder.of(socketDropped)]).toEqual([range(100), ['new', 'resumed'], []])
  })

  it('loses none of a hundred messages of the server', async () => {
    const store = await connected()
    proxy.freeze()
    const [connection] = [...started.server.connections]
    for (const index of range(100)) connection!.send({ index })
    await proxy.resume()
    proxy.drop()
    while (store.recorder.count(socketMessage) < 100) await store.recorder.next(socketMessage)
    expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual(
      range(100).map((index) => ({ index })),
    )
  })

  it('keeps requests and subscriptions: each is asked for once', async () => {
    const store = await connected({ protocol: jsonRpc() })
    store.dispatch(socketSubscribe('posts'))
    await store.recorder.take(socketSubscribed)
    const request = store.dispatch(socketRequest('slow', 7))
    while (!waiting.length) await new Promise((resolve) => setImmediate(resolve))
    proxy.drop()
    await store.recorder.takeMany(2, socketOpened)
    await started.server.publish('posts', 'news')
    waiting[0]!()
    expect(await request).toEqual({ data: 7 })
    while (!store.recorder.count(socketPush)) await store.recorder.next(socketPush)
    expect([store.recorder.of(socketPush).map(({ payload }) => payload.data), waiting.length]).toEqual([['news'], 1])
    expect([verdicts(store), store.recorder.count(socketSubscribed)]).toEqual([['new', 'resumed'], 1])
  })

  it('delivers each message once and in order, in both directions, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
        handled.length = 0
        const store = await connected({ protocol: jsonRpc() })
        const ids: string[] = []
        const requests: PromiseLike<unknown>[] = []
        for (const [index, bytes] of cuts.entries()) {
          proxy.bytesLeft = bytes
          for (const n of range(5)) ids.push(store.dispatch(socketSend(said(index * 5 + n))).id)
          requests.push(store.dispatch(socketRequest('echo', index)))
          await new Promise((resolve) => setTimeout(resolve, 4))
        }
        proxy.bytesLeft = Infinity
        const replies = await Promise.all(requests)
        await allAcknowledged(store, ids)
        expect(handled).toEqual(range(cuts.length * 5))
        expect(replies).toEqual(range(cuts.length).map((data) => ({ data })))
        expect(new Set(verdicts(store).slice(1))).not.toContain('lost')
        await store.dispatch(socketClose())
        store.dispose()
      }),
      { numRuns: 40, seed: 7 },
    )
  })
})

describe('the end of a session', () => {
  it('frees it at the server', async () => {
    const store = await connected()
    const { id } = store.dispatch(socketSend(said(1)))
    await store.dispatch(socketClose())
    expect([started.server.connections.size, handled, store.recorder.of(socketDropped)]).toEqual([0, [1], []])
    expect(store.recorder.of(socketAcknowledged).map(({ payload }) => payload.ids)).toEqual([[id]])
  })
})

describe('a deploy', () => {
  it('loses no message: what the old server did not take goes to the new one', async () => {
    const store = await connected()
    const { port } = started
    const ids = range(50).map((index) => store.dispatch(socketSend(said(index))).id)
    const closing = started.server.close({ within: 1_000 })
    for (const index of range(25)) ids.push(store.dispatch(socketSend(said(50 + index))).id)
    await closing
    for (const index of range(25)) ids.push(store.dispatch(socketSend(said(75 + index))).id)
    await startSessions(port)
    await allAcknowledged(store, ids)
    expect([handled, verdicts(store), store.recorder.of(socketDropped)]).toEqual([range(100), ['new', 'new'], []])
  })
})
