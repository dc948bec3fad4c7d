import { describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import {
  socketClosed,
  socketConnect,
  socketConnecting,
  socketError,
  socketMessage,
  socketOpened,
  socketReconnecting,
  socketSend,
} from '../../src/index.js'
import { defaultBackoff } from '../../src/connection/backoff.js'
import type { Refusal } from '../support/faultProxy.js'
import { seeded } from '../../bench/restart/simulate.js'
import { setupStore } from '../support/setupStore.js'
import { hour, startSite } from './support/site.js'

describe('a server that is killed and starts again', () => {
  it('gets a connection, and the sends made meanwhile arrive', async () => {
    await using site = await startSite()
    const store = setupStore({
      url: site.server.url,
      WebSocket: WsWebSocket,
      reconnect: { backoff: () => 5, minUptime: 0 },
    })
    await store.dispatch(socketConnect())
    const gone = store.recorder.next(socketReconnecting)
    await site.server.stop()
    await gone
    expect(store.dispatch(socketSend('meanwhile')).delivery).toBe('queued')
    await store.recorder.takeMany(3, socketReconnecting)
    const back = store.recorder.next(socketOpened)
    await site.server.start()
    expect((await back).payload.reconnected).toBe(true)
    expect((await store.recorder.take(socketMessage)).payload).toBe('meanwhile')
  })

  it('leaves without a close frame: 1006', async () => {
    await using site = await startSite()
    const store = setupStore({ url: site.url, WebSocket: WsWebSocket, reconnect: { backoff: () => hour } })
    await store.dispatch(socketConnect())
    site.server.terminate()
    expect((await store.recorder.take(socketClosed)).payload).toMatchObject({ code: 1006, wasClean: false })
  })
})

describe('a server that refuses fifty attempts', () => {
  it.each<[Refusal, string]>([
    ['reset', 'attempts are reset'],
    ['closed', 'nobody listens'],
  ])('gets a connection at the first attempt after that (%s: %s)', async (how) => {
    await using site = await startSite()
    await site.proxy.refuse(how)
    const store = setupStore({ url: site.url, WebSocket: WsWebSocket, reconnect: { backoff: () => 2 } })
    void store.dispatch(socketConnect())
    await store.until(({ attempt, status }) => status === 'reconnecting' && attempt === 50)
    await site.proxy.resume()
    await store.until(({ status }) => status === 'open')
    const attempts = store.recorder.of(socketConnecting).map(({ payload }) => payload.attempt)
    expect(attempts).toEqual(Array.from(attempts, (_, index) => index))
    // An attempt that was under way at the resume may still have been refused.
    expect(attempts.length).toBeLessThanOrEqual(52)
    expect(store.recorder.count(socketError)).toBe(attempts.length - 1)
    expect(store.state()).toMatchObject({ attempt: 0, error: null, retryAt: null })
  })
})

describe('a server that accepts and closes at once', () => {
  const bounds = (attempt: number): [low: number, high: number] => {
    if (attempt === 1) return [0, 3_000]
    const high = Math.min(5_000 * 2 ** Math.max(attempt - 7, 0), 30_000)
    return [high * 0.4, high]
  }
  /** A hundred and fiftieth of the real delays, so that the test is short. */
  const scale = 150

  it.each([
    ['cuts', undefined],
    ['closes with 1001', 1001],
    ['closes with 1011', 1011],
  ])('gets attempts at the pace of the backoff, because no connection was open for minUptime (%s)', async (_, code) => {
    await using site = await startSite({
      onConnection: ({ socket }) => (code === undefined ? socket.terminate() : socket.close(code)),
    })
    const delays: number[] = []
    const random = seeded(7)
    const store = setupStore({
      url: site.url,
      WebSocket: WsWebSocket,
      reconnect: {
        random,
        backoff: (attempt, context) => {
          const delay = defaultBackoff(attempt, context)
          delays.push(delay)
          return delay / scale
        },
      },
    })
    void store.dispatch(socketConnect())
    const waits = await store.recorder.takeMany(10, socketReconnecting)
    expect(waits.map(({ payload }) => payload.attempt)).toEqual(Array.from(waits, (__, index) => index + 1))
    waits.forEach(({ payload }, index) => {
      const [low, high] = bounds(payload.attempt)
      expect(delays[index]).toBeGreaterThanOrEqual(low)
      expect(delays[index]).toBeLessThanOrEqual(high)
      expect(payload.delay).toBe(Math.round((delays[index] ?? NaN) / scale))
    })
    // One attempt for each wait, and the one before the first.
    expect(site.proxy.attempts).toBe(10)
    expect(store.recorder.count(socketConnecting)).toBe(10)
  })

  it('gets the first retry after three seconds at most by default, at the time that is reported', async () => {
    await using site = await startSite({ onConnection: ({ socket }) => socket.terminate() })
    const store = setupStore({ url: site.url, WebSocket: WsWebSocket, reconnect: { random: () => 0.999 } })
    void store.dispatch(socketConnect())
    const { payload } = await store.recorder.take(socketReconnecting)
    expect(payload).toMatchObject({ attempt: 1, delay: 2997, retryAt: expect.any(Number) })
    expect(store.state()).toMatchObject({ status: 'reconnecting', attempt: 1, retryAt: payload.retryAt })
    expect(site.proxy.attempts).toBe(1)
  })
})
