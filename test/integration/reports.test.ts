import { describe, expect, it, jest } from '@jest/globals'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketDropped,
  socketError,
  socketFailed,
  socketListen,
  socketOpened,
  socketReconnect,
  socketSend,
  type SocketMiddlewareOptions,
} from '../../src/index.js'
import { jsonRpc, socketPush, socketRequest, socketSubscribe, socketSubscribed } from '../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { takeCallbackErrors } from '../support/leaks.js'
import { createPage } from '../support/page.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'
import { failOnUnhandledErrors } from '../support/unhandled.js'

// Public reports about other clients, each as a test of this one. docs/internals/reports.md lists them with their links.

useFakeTime()
failOnUnhandledErrors()

const backoff = (ms: number): Pick<SocketMiddlewareOptions, 'reconnect'> => ({ reconnect: { backoff: () => ms } })

interface Call {
  readonly id?: number
  readonly method: string
  readonly params?: { readonly channel?: string }
}
/** The JSON-RPC calls that arrived on the newest socket. */
const calls = (store: TestStore): readonly Call[] =>
  store.network.last.receivedRaw.filter((frame) => frame !== 'ping').map((frame) => JSON.parse(frame as string) as Call)
const reply = (store: TestStore, id: number | undefined, result: unknown): void =>
  store.receiveJson({ jsonrpc: '2.0', id, result })
const push = (store: TestStore, id: string, data: unknown): void =>
  store.receiveJson({ jsonrpc: '2.0', method: '$/push', params: { id, channel: 'news', data } })
const setupRpc = (options: StoreOptions = {}) => setupOpenStore({ protocol: jsonRpc(), ...backoff(100), ...options })

describe('socket.io-client 1458', () => {
  it('sends that waited arrive before a send of the listener to the open event', async () => {
    const store = await setupOpenStore(backoff(100))
    let opened = store.recorder.count(socketOpened)
    store.store.subscribe(() => {
      const count = store.recorder.count(socketOpened)
      if (count > opened) {
        opened = count
        store.dispatch(socketSend('join'))
      }
    })
    store.network.last.cut()
    store.dispatch(socketSend('leave'))
    await advanceTime(150)
    expect(store.network.last.receivedRaw).toEqual(['"leave"', '"join"'])
  })
})

describe('subscriptions-transport-ws 732', () => {
  it('a subscription made while a retry waits leads to one connection', async () => {
    const store = await setupRpc(backoff(10_000))
    store.network.last.cut()
    await advanceTime(5_000)
    store.dispatch(socketSubscribe('news'))
    await advanceTime(20_000)
    expect([store.network.connections.length, store.network.mostLive]).toEqual([2, 1])
    expect(calls(store).map(({ method }) => method)).toEqual(['subscribe'])
  })
})

describe('subscriptions-transport-ws 135', () => {
  it('a server that accepts the socket and closes it before the handshake does not reset the count of retries', async () => {
    const store = setupStore({
      reconnect: { backoff: () => 100, maxRetries: 3 },
      handshake: async ({ receive }) => void (await receive()),
    })
    store.network.onAttempt = (peer) => void setTimeout(() => peer.close(1011), 1)
    void store.dispatch(socketConnect())
    await advanceTime(60_000)
    expect(store.network.connections).toHaveLength(4)
    expect(store.recorder.of(socketFailed)).toMatchObject([{ payload: { code: 'retries_exhausted' } }])
  })
})

describe('engine.io-client 693', () => {
  it('failed attempts add no listeners to the page', async () => {
    const page = createPage()
    const store = setupStore(backoff(100), { mode: 'refuse' })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    const before = page.count()
    await advanceTime(10_000)
    expect(store.network.connections.length).toBeGreaterThan(90)
    expect(page.count()).toBe(before)
    await store.dispatch(socketClose())
    expect(page.count()).toBe(0)
  })
})

describe('perspective 2146', () => {
  it('no question of the heartbeat is asked after the connection was given up', async () => {
    const store = await setupOpenStore({ heartbeat: { interval: 1_000, timeout: 500 } })
    const peer = store.network.last
    store.socket.dispose()
    const timers = jest.getTimerCount()
    await advanceTime(60_000)
    expect(peer.receivedRaw).toEqual(['ping'])
    expect(timers).toBeLessThanOrEqual(1)
  })
})

describe('pkc-js 197', () => {
  it('pushes arrive after the socket was replaced, on the same subscription', async () => {
    const store = await setupRpc()
    const id = store.dispatch(socketSubscribe('news'))
    reply(store, calls(store)[0]!.id, 's1')
    push(store, 's1', 1)
    store.network.last.cut()
    await advanceTime(150)
    reply(store, calls(store)[0]!.id, 's2')
    push(store, 's2', 2)
    expect(store.recorder.of(socketPush).map(({ payload }) => payload)).toEqual([
      { id, channel: 'news', data: 1 },
      { id, channel: 'news', data: 2 },
    ])
    expect(store.recorder.of(socketSubscribed).map(({ payload }) => payload.recovered)).toEqual([true, false])
  })
})

describe('home-assistant-js-websocket 60', () => {
  it('a socket that is lost while it subscribes again rejects nothing, and the next one subscribes', async () => {
    const store = await setupRpc()
    store.dispatch(socketSubscribe('news'))
    reply(store, calls(store)[0]!.id, 's1')
    store.network.last.cut()
    await advanceTime(150)
    expect(calls(store)).toHaveLength(1)
    store.network.last.startClose(1001)
    store.network.last.finishClose()
    await advanceTime(150)
    reply(store, calls(store)[0]!.id, 's3')
    push(store, 's3', 'news')
    expect(store.recorder.count(socketPush)).toBe(1)
  })
})

describe('aspnetcore 30839', () => {
  it('a close during a retry whose credentials fail resolves, and a later connect opens', async () => {
    let isAway = false
    const url = async (): Promise<string> => {
      await Promise.resolve()
      if (isAway) throw new Error('401')
      return 'ws://a.example/ws'
    }
    const store = await setupOpenStore({ url, ...backoff(100) })
    isAway = true
    store.network.last.cut()
    await advanceTime(100)
    await expect(store.dispatch(socketClose())).resolves.toBe('closed')
    expect(store.state().status).toBe('closed')
    isAway = false
    const connecting = store.dispatch(socketConnect())
    await advanceTime(10)
    await expect(connecting).resolves.toBe('open')
  })
})

describe('SignalR 1147', () => {
  it('a connect inside the listener of the close event connects', async () => {
    const store = await setupOpenStore()
    let closed = 0
    const stop = store.store.subscribe(() => {
      const count = store.recorder.count(socketClosed)
      if (count > closed && store.state().status === 'closed') {
        closed = count
        void store.dispatch(socketConnect())
      }
    })
    store.network.last.close(1000)
    await advanceTime(10)
    expect([store.state().status, store.network.connections.length]).toEqual(['open', 2])
    stop()
  })
})

describe('socket.io-client 795', () => {
  it('an error that a handler throws is reported, and neither the heartbeat nor the other messages stop', async () => {
    const store = await setupOpenStore({ heartbeat: { interval: 1_000, timeout: 500 }, protocol: jsonRpc() })
    const answer = (frame: string | ArrayBuffer) => frame === 'ping' && store.network.last.sendRaw('pong')
    store.network.last.onReceived = answer
    const seen: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => {
          seen.push(message)
          throw new Error('a fault of the app')
        },
      ),
    )
    const request = store.dispatch(socketRequest('some'))
    const handled = request.then(() => {
      throw new Error('a fault of the app')
    })
    reply(store, calls(store).find(({ method }) => method === 'some')?.id, 'thing')
    await expect(handled).rejects.toThrow('a fault of the app')
    store.receiveJson(1)
    store.receiveJson(2)
    await advanceTime(10_000)
    expect([seen, store.state().status]).toEqual([[1, 2], 'open'])
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual([
      'callback_failed',
      'callback_failed',
    ])
    takeCallbackErrors()
  })
})

describe('aspnetcore 32987', () => {
  it('a hundred closes and connects in a row end open, with one socket', async () => {
    const store = await setupOpenStore()
    for (let round = 0; round < 100; round++) {
      const closing = store.dispatch(socketClose())
      // Half of them do not wait for the close.
      // oxlint-disable-next-line no-await-in-loop
      if (round % 2) await closing
      void store.dispatch(round % 3 ? socketConnect() : socketReconnect())
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(round % 4)
    }
    await advanceTime(10)
    expect([store.state().status, store.network.live, store.network.mostLive]).toEqual(['open', 1, 1])
    expect(store.recorder.count(socketDropped)).toBe(0)
  })
})
