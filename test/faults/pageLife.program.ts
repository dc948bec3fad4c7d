import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WebSocket as WsWebSocket } from 'ws'
import { socketClose, socketConnect, socketSend } from '../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../support/buildStore.js'
import { startSite, type Site } from './support/site.js'

// Run by pageLife.test.ts in a process of its own: stores that were thrown away, and what is left of them.

const hour = 3_600_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const everything: StoreOptions = {
  WebSocket: WsWebSocket,
  heartbeat: { interval: 20, timeout: hour },
  handshake: async ({ send, receive }) => {
    send('hello')
    await receive()
  },
  idleTimeout: hour,
  reconnect: { backoff: () => hour, minUptime: hour },
  connectTimeout: hour,
  closeTimeout: hour,
}

const lives: Record<string, (site: Site) => Promise<BuiltStore>> = {
  'never connected': async ({ url }) => buildStore({ ...everything, url }),
  open: async ({ url }) => {
    const store = buildStore({ ...everything, url })
    await store.dispatch(socketConnect())
    store.dispatch(socketSend('one'))
    return store
  },
  'asleep until it is used': async ({ url }) => {
    const store = buildStore({ ...everything, url, lazy: true, idleTimeout: 30, heartbeat: false })
    store.dispatch(socketSend('one'))
    await store.until(({ status }) => status === 'closed')
    return store
  },
  'shaking hands with a peer that says nothing': async ({ url, server }) => {
    const store = buildStore({
      ...everything,
      url,
      handshake: async ({ receive }) => void (await receive()),
    })
    void store.dispatch(socketConnect())
    await server.until(({ open }) => open.length > 0)
    return store
  },
  'waiting to retry, with a message in the queue': async ({ url, proxy }) => {
    await proxy.refuse()
    const store = buildStore({ ...everything, url })
    await store.dispatch(socketConnect())
    store.dispatch(socketSend('one', { ttl: hour }))
    return store
  },
  'congested behind a peer that reads nothing': async ({ url, server, proxy }) => {
    const store = buildStore({ ...everything, url })
    await store.dispatch(socketConnect())
    await server.until(({ open }) => open.length > 0)
    proxy.stall()
    const large = 'x'.repeat(500_000)
    while (!store.state().congested) {
      store.dispatch(socketSend(large))
      await new Promise(setImmediate)
    }
    return store
  },
  'closing towards a peer that does not answer': async ({ url, proxy }) => {
    const store = buildStore({ ...everything, url })
    await store.dispatch(socketConnect())
    proxy.freeze()
    void store.dispatch(socketClose())
    return store
  },
  'connected again and again': async ({ url }) => {
    const store = buildStore({ ...everything, url })
    for (let round = 0; round < 20; round++) {
      await store.dispatch(socketConnect())
      await store.dispatch(socketClose())
    }
    await store.dispatch(socketConnect())
    return store
  },
}

const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => kind === 'Timeout' || kind === 'Immediate' || /^(TCP|TLS)/.test(kind))
    .toSorted()

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Waits turns of the event loop until `holds`, or until a bound is reached. */
const settled = async (holds: () => boolean): Promise<boolean> => {
  const giveUpAt = performance.now() + 1_000
  while (!holds() && performance.now() < giveUpAt) await turn()
  return holds()
}

/** In a function of its own, so that no variable of the caller keeps the store. */
const liveAndDie = async (live: (site: Site) => Promise<BuiltStore>, site: Site) => {
  const store = await live(site)
  const weak = { store: new WeakRef(store.store), socket: new WeakRef(store.socket) }
  store.socket.dispose()
  // What is dispatched to a disposed store has no effect.
  store.dispatch({ type: 'unrelated' })
  return weak
}

const report = async (name: string, live: (site: Site) => Promise<BuiltStore>): Promise<void> => {
  const before = resources()
  let weak
  {
    await using site = await startSite()
    weak = await liveAndDie(live, site)
  }
  await settled(() => resources().length <= before.length)
  const left = resources()
  for (const kind of before) if (left.includes(kind)) left.splice(left.indexOf(kind), 1)
  const { store, socket } = weak
  await settled(() => {
    collect()
    return store.deref() === undefined && socket.deref() === undefined
  })
  console.log(
    JSON.stringify({ name, left, storeLeft: store.deref() !== undefined, socketLeft: socket.deref() !== undefined }),
  )
}

const main = async (): Promise<void> => {
  // One after the other, or they would count each other's.
  for (const [name, live] of Object.entries(lives)) await report(name, live)
}

void main()
