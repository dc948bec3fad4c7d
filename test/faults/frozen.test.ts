import { describe, expect, it } from '@jest/globals'
import {
  selectLatency,
  socketChanged,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketMessage,
  socketOpened,
  socketReconnecting,
  socketSend,
  type WithSockets,
} from '../../src/index.js'
import { setupStore, type StoreOptions } from '../support/setupStore.js'
import { recordSockets, startSite, type Site } from './support/site.js'

// Silence of 20 s is scaled down to heartbeats of tens of milliseconds: what counts is the order of events, the number of questions and of attempts.

const heartbeat = { interval: 40, timeout: 160 }

const createStore = async ({ url }: Site, options: StoreOptions = {}) => {
  const { WebSocket, sockets } = recordSockets()
  const store = setupStore({
    url,
    WebSocket,
    heartbeat,
    connectTimeout: 400,
    reconnect: { backoff: () => 10, minUptime: 0 },
    ...options,
  })
  await store.dispatch(socketConnect())
  // The peer has answered once.
  await store.recorder.take(socketChanged)
  return { store, sockets }
}

const pings = (sent: readonly string[]): number => sent.filter((text) => text === 'ping').length

describe('a connection that is frozen although both ends think that it is open', () => {
  it('is noticed at the first question without an answer, and replaced at once by one further attempt', async () => {
    await using site = await startSite()
    const { store, sockets } = await createStore(site)
    const [first] = sockets
    if (!first) throw new Error('no socket was created')
    // A dead connection, on a network that takes new ones.
    site.proxy.freeze()
    await site.proxy.resume()
    const pingCount = pings(first.sent)
    const { payload: wait } = await store.recorder.take(socketReconnecting)
    expect(pings(first.sent) - pingCount).toBeLessThanOrEqual(1)
    expect(wait).toMatchObject({ attempt: 1, delay: 0 })
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['heartbeat_missed'])
    expect(store.recorder.of(socketClosed).map(({ payload }) => payload)).toMatchObject([
      { code: null, cause: 'timeout', wasClean: false, next: 'reconnecting' },
    ])
    await store.recorder.takeMany(2, socketOpened)
    expect(site.proxy.attempts).toBe(2)
  })

  it('is abandoned: the old socket is terminated, and its events are ignored', async () => {
    await using site = await startSite()
    const { store, sockets } = await createStore(site)
    const [first] = sockets
    const ended = new Promise((resolve) => first?.socket.once('close', resolve))
    site.proxy.freeze()
    await site.proxy.resume()
    await ended
    first?.socket.emit('message', Buffer.from('"from the dead"'), false)
    await store.recorder.takeMany(2, socketOpened)
    store.dispatch(socketSend('alive'))
    await store.recorder.take(socketMessage)
    expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual(['alive'])
    expect(first?.socket.readyState).toBe(3)
    expect(store.recorder.count(socketClosed)).toBe(1)
  })

  it('reports what was sent on it as indeterminate, and nothing of what was answered', async () => {
    await using site = await startSite()
    const { store } = await createStore(site)
    store.dispatch(socketSend('answered', { id: 'answered' }))
    await store.recorder.take(socketMessage)
    // The answer to a later question proves it.
    const { server } = site
    const known = pings(server.received as string[])
    await server.until(({ received }) => pings(received as string[]) > known)
    await store.recorder.next(socketChanged)
    site.proxy.freeze()
    await site.proxy.resume()
    store.dispatch(socketSend('one', { id: 'one' }))
    store.dispatch(socketSend('two', { id: 'two' }))
    const { payload } = await store.recorder.take(socketDropped)
    expect(payload).toEqual({ reason: 'indeterminate', ids: ['one', 'two'], count: 2 })
  })

  it('is replaced by the first attempt after the network is back, however long that took', async () => {
    await using site = await startSite()
    const { store } = await createStore(site)
    site.proxy.freeze()
    // The attempt of the dead connection, and three without an answer.
    await site.proxy.whenAttempted(4)
    const attempts = site.proxy.attempts
    await site.proxy.resume()
    await store.recorder.takeMany(2, socketOpened)
    expect(site.proxy.attempts).toBe(attempts + 1)
    const codes = store.recorder.of(socketError).map(({ payload }) => payload.code)
    expect(codes).toEqual(['heartbeat_missed', 'connect_timeout', 'connect_timeout', 'connect_timeout'])
    expect(store.recorder.count(socketConnecting)).toBe(site.proxy.attempts)
  })

  it('does not flood a server that knows no heartbeat: a miss without any answer before is followed by the backoff', async () => {
    await using site = await startSite({ onConnection: ({ socket }) => socket.removeAllListeners('message') })
    const { WebSocket } = recordSockets()
    const store = setupStore({
      url: site.url,
      WebSocket,
      heartbeat: { interval: 10, timeout: 20 },
      reconnect: { backoff: (attempt) => attempt * 5, minUptime: 3_600_000 },
    })
    await store.dispatch(socketConnect())
    const waits = await store.recorder.takeMany(4, socketReconnecting)
    expect(waits.map(({ payload }) => payload.delay)).toEqual([5, 10, 15, 20])
  })
})

describe('a connection that is slow, not dead', () => {
  it('is kept when the answers come late but in time, and its latency is reported', async () => {
    await using site = await startSite()
    const { store } = await createStore(site, { heartbeat: { interval: 20, timeout: 2_000 } })
    site.proxy.latency = 60
    await store.until(({ latency }) => latency !== null && latency >= 100)
    expect(selectLatency(store.store.getState() as unknown as WithSockets)).toBeGreaterThanOrEqual(100)
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(site.proxy.attempts).toBe(1)
  })

  it('is kept as long as any frame arrives', async () => {
    await using site = await startSite({
      onConnection: ({ socket }) => {
        const chatter = setInterval(() => socket.send('"still here"'), 5)
        socket.once('close', () => clearInterval(chatter))
        socket.removeAllListeners('message')
      },
    })
    const { WebSocket, sockets } = recordSockets()
    const store = setupStore({ url: site.url, WebSocket, heartbeat: { interval: 20, timeout: 100 } })
    await store.dispatch(socketConnect())
    await store.until(() => pings(sockets[0]?.sent ?? []) >= 5)
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(site.proxy.attempts).toBe(1)
  })
})
