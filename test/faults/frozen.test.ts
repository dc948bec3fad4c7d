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
import { recordDials, startSite, type Site } from './support/site.js'

// The 20 s of silence are scaled down to heartbeats of tens of milliseconds: what counts is the order of
// events, the number of questions and of dials.

const heartbeat = { interval: 40, timeout: 160 }

const createStore = async ({ url }: Site, options: StoreOptions = {}) => {
  const { WebSocket, dialled } = recordDials()
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
  return { store, dialled }
}

const pings = (sent: readonly string[]): number => sent.filter((text) => text === 'ping').length

describe('a link that is frozen while its ends think it stands', () => {
  it('is noticed at the first question that stays unanswered, and replaced at once by one further dial', async () => {
    await using site = await startSite()
    const { store, dialled } = await createStore(site)
    const [first] = dialled
    if (!first) throw new Error('nothing was dialled')
    // A dead link, on a network that takes new ones.
    site.proxy.freeze()
    await site.proxy.resume()
    const asked = pings(first.sent)
    const { payload: wait } = await store.recorder.take(socketReconnecting)
    expect(pings(first.sent) - asked).toBeLessThanOrEqual(1)
    expect(wait).toMatchObject({ attempt: 1, delay: 0 })
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['heartbeat_missed'])
    expect(store.recorder.of(socketClosed).map(({ payload }) => payload)).toMatchObject([
      { code: null, cause: 'timeout', wasClean: false, next: 'reconnecting' },
    ])
    await store.recorder.takeMany(2, socketOpened)
    expect(site.proxy.dials).toBe(2)
  })

  it('is let go of: the old socket is terminated, and deaf', async () => {
    await using site = await startSite()
    const { store, dialled } = await createStore(site)
    const [first] = dialled
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

  it('gives back what was sent into it as indeterminate, and what was answered as nothing', async () => {
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

  it('is reached by the first dial after the network is back, however long that took', async () => {
    await using site = await startSite()
    const { store } = await createStore(site)
    site.proxy.freeze()
    // Ours of the dead link, and three dials into the silence.
    await site.proxy.whenDialled(4)
    const dials = site.proxy.dials
    await site.proxy.resume()
    await store.recorder.takeMany(2, socketOpened)
    expect(site.proxy.dials).toBe(dials + 1)
    const codes = store.recorder.of(socketError).map(({ payload }) => payload.code)
    expect(codes).toEqual(['heartbeat_missed', 'connect_timeout', 'connect_timeout', 'connect_timeout'])
    expect(store.recorder.count(socketConnecting)).toBe(site.proxy.dials)
  })

  it('does not hammer a server that knows no heartbeat: a miss without any answer ever backs off', async () => {
    await using site = await startSite({ onConnection: ({ socket }) => socket.removeAllListeners('message') })
    const { WebSocket } = recordDials()
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

describe('a link that is slow, not dead', () => {
  it('is kept when the answers come late but in time, and its latency is told', async () => {
    await using site = await startSite()
    const { store } = await createStore(site, { heartbeat: { interval: 20, timeout: 2_000 } })
    site.proxy.latency = 60
    await store.until(({ latency }) => latency !== null && latency >= 100)
    expect(selectLatency(store.store.getState() as unknown as WithSockets)).toBeGreaterThanOrEqual(100)
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(site.proxy.dials).toBe(1)
  })

  it('is kept as long as anything comes, be it no answer', async () => {
    await using site = await startSite({
      onConnection: ({ socket }) => {
        const chatter = setInterval(() => socket.send('"still here"'), 5)
        socket.once('close', () => clearInterval(chatter))
        socket.removeAllListeners('message')
      },
    })
    const { WebSocket, dialled } = recordDials()
    const store = setupStore({ url: site.url, WebSocket, heartbeat: { interval: 20, timeout: 100 } })
    await store.dispatch(socketConnect())
    await store.until(() => pings(dialled[0]?.sent ?? []) >= 5)
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(site.proxy.dials).toBe(1)
  })
})
