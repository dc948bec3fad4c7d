import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import {
  socketClose,
  socketConnect,
  socketDropped,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketSend,
} from '../../src/index.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { createHeldServer } from '../support/heldServer.js'
import { startFaultProxy, type FaultProxy, type Refusal } from '../support/faultProxy.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'

let server: EchoServer
let proxy: FaultProxy

beforeEach(async () => {
  server = await startEchoServer({ echo: false })
  proxy = await startFaultProxy(server.port)
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const createStore = (options: StoreOptions = {}): TestStore =>
  setupStore({
    url: `ws://127.0.0.1:${proxy.port}`,
    WebSocket: WsWebSocket,
    reconnect: { backoff: () => 10, minUptime: 0 },
    ...options,
  })

const connected = async (options?: StoreOptions): Promise<TestStore> => {
  const store = createStore(options)
  await store.dispatch(socketConnect())
  return store
}

/** Away: the connection is cut and no attempt is accepted. */
const takeServerAway = async (store: TestStore, how: Refusal = 'reset'): Promise<void> => {
  await proxy.refuse(how)
  proxy.drop()
  await store.recorder.take(socketReconnecting)
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => String(from + index))

describe('a server that is away for a while', () => {
  it.each<[Refusal, string]>([
    ['reset', 'attempts are reset'],
    ['closed', 'nobody listens'],
  ])('receives a hundred messages that were sent meanwhile, once each and in order (%s: %s)', async (how) => {
    const store = await connected()
    await takeServerAway(store, how)
    for (let index = 0; index < 100; index++) store.dispatch(socketSend(index))
    await proxy.resume()
    await store.until(({ status }) => status === 'open')
    store.dispatch(socketSend('end'))
    await server.until(({ received }) => received.includes('"end"'))
    expect(server.received).toEqual([...numbers(100), '"end"'])
  })

  it('receives in one order what was sent before, during and after', async () => {
    const store = await connected()
    for (let index = 0; index < 10; index++) store.dispatch(socketSend(index))
    await server.until(({ received }) => received.length === 10)
    await takeServerAway(store)
    for (let index = 10; index < 20; index++) store.dispatch(socketSend(index))
    await proxy.resume()
    await store.recorder.takeMany(2, socketOpened)
    for (let index = 20; index < 30; index++) store.dispatch(socketSend(index))
    await server.until(({ received }) => received.length >= 30)
    expect(server.received).toEqual(numbers(30))
  })

  it('receives as many messages as the queue holds, and every other one is reported as dropped', async () => {
    const store = await connected({ queue: { maxMessages: 50 } })
    await takeServerAway(store)
    const results = Array.from({ length: 100 }, (_, index) => store.dispatch(socketSend(index)))
    await proxy.resume()
    await store.until(({ status }) => status === 'open')
    store.dispatch(socketSend('end'))
    await server.until(({ received }) => received.includes('"end"'))
    expect(server.received).toEqual([...numbers(50), '"end"'])
    const named = store.recorder.of(socketDropped).flatMap(({ payload }) => payload.ids)
    expect(named).toEqual(results.slice(50).map(({ id }) => id))
  })

  it('receives the newest messages with overflow: "drop-oldest"', async () => {
    const store = await connected({ queue: { maxMessages: 50, overflow: 'drop-oldest' } })
    await takeServerAway(store)
    for (let index = 0; index < 100; index++) store.dispatch(socketSend(index))
    await proxy.resume()
    await server.until(({ received }) => received.length >= 50)
    expect(server.received).toEqual(numbers(50, 50))
  })

  it('does not receive a message with whenOffline: "drop"', async () => {
    const store = await connected()
    await takeServerAway(store)
    const result = store.dispatch(socketSend('now', { whenOffline: 'drop' }))
    expect(result).toMatchObject({ delivery: 'dropped', reason: 'offline' })
    await proxy.resume()
    await store.until(({ status }) => status === 'open')
    store.dispatch(socketSend('end'))
    await server.until(({ received }) => received.length > 0)
    expect(server.received).toEqual(['"end"'])
  })
})

describe('a network with every kind of fault, on one port', () => {
  it('gets a connection after each of them', async () => {
    const store = await connected()
    const isOpenAgain = async (count: number): Promise<void> => {
      await store.until(({ status }) => status === 'open')
      expect(store.recorder.count(socketOpened)).toBe(count)
    }

    proxy.drop()
    await store.recorder.take(socketReconnecting)
    await isOpenAgain(2)

    await takeServerAway(store, 'reset')
    await proxy.resume()
    await isOpenAgain(3)

    await takeServerAway(store, 'closed')
    await proxy.resume()
    await isOpenAgain(4)

    proxy.freeze()
    const again = store.dispatch(socketReconnect())
    await proxy.whenAttempted(proxy.attempts + 1)
    await proxy.resume()
    // That attempt got no answer: a further command replaces it.
    void store.dispatch(socketReconnect())
    expect(await again).toBe('open')
    await isOpenAgain(5)
  })

  it('delivers everything that it held back, in order', async () => {
    const store = await connected()
    proxy.stall()
    for (let index = 0; index < 100; index++) store.dispatch(socketSend(index))
    for (let index = 0; index < 100; index++) server.send(String(index))
    await proxy.resume()
    await store.recorder.takeMany(100, socketMessage)
    await server.until(({ received }) => received.length >= 100)
    expect(server.received).toEqual(numbers(100))
    expect(store.recorder.of(socketMessage).map(({ payload }) => String(payload))).toEqual(numbers(100))
  })

  it('that is slow keeps the order both ways', async () => {
    server.echo = true
    const store = await connected()
    proxy.latency = 5
    for (let index = 0; index < 100; index++) store.dispatch(socketSend(index))
    await store.recorder.takeMany(100, socketMessage)
    expect(store.recorder.of(socketMessage).map(({ payload }) => String(payload))).toEqual(numbers(100))
  })
})

describe('a socket that is closing and has not reported it yet', () => {
  it('is given no sends: they arrive over the next socket', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const store = createStore({ url: 'ws://a.example', WebSocket: network.WebSocket })
    await store.dispatch(socketConnect())
    const closing = network.last
    closing.startClose(1012)
    expect(store.dispatch(socketSend('late')).delivery).toBe('queued')
    closing.finishClose()
    await store.recorder.takeMany(2, socketOpened)
    expect([closing.receivedRaw, network.last.receivedRaw]).toEqual([[], ['"late"']])
  })
})

describe('a server that restarts with a thousand messages on the way', () => {
  it('receives none of them twice', async () => {
    const store = await connected()
    for (let index = 0; index < 500; index++) store.dispatch(socketSend(index))
    await server.until(({ received }) => received.length > 0)
    proxy.drop()
    for (let index = 500; index < 1000; index++) store.dispatch(socketSend(index))
    await store.recorder.takeMany(2, socketOpened)
    store.dispatch(socketSend('end'))
    await server.until(({ received }) => received.includes('"end"'))
    expect(new Set(server.received).size).toBe(server.received.length)
    await store.dispatch(socketClose())
  })
})

describe('a connect to another server', () => {
  /** What the other server receives when a message waits for the first one. */
  const move = async (keepQueue: boolean): Promise<{ drops: readonly unknown[]; received: readonly unknown[] }> => {
    await using other = await startEchoServer({ echo: false })
    const store = await connected()
    await takeServerAway(store)
    store.dispatch(socketSend('for the first', { id: 'first' }))
    await store.dispatch(socketConnect({ url: other.url, keepQueue }))
    store.dispatch(socketSend('end'))
    await other.until(({ received }) => received.includes('"end"'))
    const drops = store.recorder.of(socketDropped).map(({ payload }) => payload)
    store.socket.dispose()
    return { drops, received: other.received }
  }

  it('drops the queue for the old server, and reports it', async () => {
    await expect(move(false)).resolves.toEqual({
      drops: [{ reason: 'replaced', ids: ['first'], count: 1 }],
      received: ['"end"'],
    })
  })

  it('keeps the queue with keepQueue', async () => {
    await expect(move(true)).resolves.toEqual({ drops: [], received: ['"for the first"', '"end"'] })
  })
})

describe('a connect with other params for the same server', () => {
  it('replaces the socket and keeps the queue', async () => {
    const store = await connected({ params: { room: 1 } })
    await takeServerAway(store)
    store.dispatch(socketSend('patience'))
    await proxy.resume()
    await store.dispatch(socketConnect({ params: { room: 2 } }))
    await server.until(({ received }) => received.length > 0)
    expect(server.received).toEqual(['"patience"'])
    expect(server.connections.at(-1)?.path).toBe('/?room=2')
  })

  it('replaces an open socket: one connection in the end', async () => {
    const store = await connected({ params: { room: 1 } })
    expect(await store.dispatch(socketConnect({ params: { room: 2 } }))).toBe('open')
    await server.until(({ open }) => open.length === 1)
    expect(server.open.map(({ path }) => path)).toEqual(['/?room=2'])
  })
})
