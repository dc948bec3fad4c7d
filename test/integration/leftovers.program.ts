import { WebSocket as WsWebSocket } from 'ws'
import { socketClose, socketConnect, socketReconnect, socketSend, type WebSocketClass } from '../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../support/buildStore.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { startFaultProxy, type FaultProxy } from '../support/faultProxy.js'

// Run by leftovers.test.ts in a process of its own, where only the store keeps the process running.

const hour = 3_600_000

interface Site {
  readonly server: EchoServer
  readonly proxy: FaultProxy
}

const storeFor = ({ proxy }: Site, options: StoreOptions = {}): BuiltStore =>
  buildStore({
    url: `ws://127.0.0.1:${proxy.port}`,
    WebSocket: WsWebSocket,
    connectTimeout: hour,
    reconnect: { backoff: () => hour, minUptime: 0 },
    ...options,
  })

const throwing = function () {
  throw new Error('not today')
} as unknown as WebSocketClass

const phases: Record<string, (site: Site) => Promise<BuiltStore>> = {
  open: async (site) => {
    const store = storeFor(site)
    await store.dispatch(socketConnect())
    return store
  },
  'about to connect': async (site) => {
    const store = storeFor(site)
    void store.dispatch(socketConnect())
    return store
  },
  'connecting to a server that says nothing': async (site) => {
    site.proxy.freeze()
    const store = storeFor(site)
    void store.dispatch(socketConnect())
    await site.proxy.whenAttempted(1)
    return store
  },
  'reconnecting with an hour to wait': async (site) => {
    await site.proxy.refuse()
    const store = storeFor(site)
    await store.dispatch(socketConnect())
    return store
  },
  'waiting for a provider that hangs': async (site) => {
    const store = storeFor(site, { url: () => new Promise<string>(() => {}) })
    void store.dispatch(socketConnect())
    return store
  },
  'closing with a peer that does not answer': async (site) => {
    const store = storeFor(site, { closeTimeout: hour })
    await store.dispatch(socketConnect())
    site.proxy.freeze()
    void store.dispatch(socketClose())
    return store
  },
  'closed in its first event': async (site) => {
    const store = storeFor(site)
    const closeInside = store.store.subscribe(() => {
      if (store.state().url === null) return
      closeInside()
      void store.dispatch(socketClose())
    })
    await store.dispatch(socketConnect())
    return store
  },
  'reconnected in its first event': async (site) => {
    const store = storeFor(site)
    const reconnectInside = store.store.subscribe(() => {
      if (store.state().url === null) return
      reconnectInside()
      void store.dispatch(socketReconnect())
    })
    await store.dispatch(socketConnect())
    return store
  },
  'failing for want of a WebSocket class': async (site) => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const store = buildStore({ url: `ws://127.0.0.1:${site.proxy.port}` })
    await store.dispatch(socketConnect())
    return store
  },
  'failing because the class throws': async (site) => {
    const store = storeFor(site, { WebSocket: throwing, reconnect: false })
    await store.dispatch(socketConnect())
    return store
  },
  'reconnecting because the class throws': async (site) => {
    const store = storeFor(site, { WebSocket: throwing })
    await store.dispatch(socketConnect())
    return store
  },
  'idle with a message that waits': async (site) => {
    const store = storeFor(site)
    store.dispatch(socketSend('one', { ttl: hour }))
    return store
  },
}

const ends: Record<string, (store: BuiltStore) => unknown> = {
  disposed: (store) => store.socket.dispose(),
  closed: (store) => store.dispatch(socketClose()),
}

// Only `dispose` ends a close early, and only it empties the queue of a connection that was never opened.
const isApplicable = (end: string, phase: string): boolean => end === 'disposed' || !/^(closing|idle)/.test(phase)

const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind === 'Timeout' || kind.startsWith('TCP'))
    .toSorted()

const patience = 100

/** What is left beside `before` once the rest has ended: handles after their close, timers of 16 ms. */
const lasting = async (before: readonly string[]): Promise<string[]> => {
  const giveUpAt = performance.now() + patience
  // oxlint-disable-next-line no-await-in-loop
  while (resources().length > before.length && performance.now() < giveUpAt) await new Promise(setImmediate)
  const left = resources()
  for (const kind of before) if (left.includes(kind)) left.splice(left.indexOf(kind), 1)
  return left
}

const leftOver = async (reach: (site: Site) => Promise<BuiltStore>, end: (store: BuiltStore) => unknown) => {
  const before = resources()
  const server = await startEchoServer()
  const proxy = await startFaultProxy(server.port)
  const store = await reach({ server, proxy })
  await end(store)
  await proxy[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  return await lasting(before)
}

const main = async (): Promise<void> => {
  for (const [phase, reach] of Object.entries(phases)) {
    for (const [end, act] of Object.entries(ends)) {
      if (!isApplicable(end, phase)) continue
      // One after the other, or they would count each other's.
      // oxlint-disable-next-line no-await-in-loop
      console.log(JSON.stringify({ end, phase, left: await leftOver(reach, act) }))
    }
  }
}

void main()
