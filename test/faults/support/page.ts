import { buildStore, type BuiltStore, type StoreOptions } from '../../support/buildStore.js'
import { socketClose, socketClosed, socketConnect, socketConnecting, socketSend } from '../../../src/index.js'

// The entry of the bundle that runs inside Chromium: a store on the page's own WebSocket, which the test observes.

export interface FaultPage {
  start: (url: string, options?: PageOptions) => Promise<string>
  /** Resolves when this many actions of the type have been reduced. */
  whenCounted: (type: string, count: number) => Promise<void>
  whenStatus: (status: string) => Promise<void>
  /** Resolves when `retryAt` is, or is not, `null` while it waits. */
  whenWaiting: (isPaused: boolean) => Promise<void>
  send: (data: unknown) => string
  close: () => Promise<string>
  dispose: () => void
  look: () => Look
  /** Emits events of the page, as fast as possible. */
  toggle: (times: number) => void
  fire: (type: string, persisted?: boolean) => void
  /** Lets timers run that were due at once, and those that these start. */
  settle: () => Promise<void>
  printed: string[]
}

export interface PageOptions {
  readonly heartbeat?: { readonly interval: number; readonly timeout: number }
  readonly delay?: number
  readonly connectTimeout?: number
}

export interface Look {
  readonly state: ReturnType<BuiltStore['state']>
  readonly types: readonly string[]
  readonly closes: readonly unknown[]
  readonly errors: readonly string[]
  readonly delays: readonly unknown[]
  readonly messages: readonly unknown[]
  readonly attempts: number
  /** WebSockets ever made, and those that are connecting or open. */
  readonly sockets: number
  readonly live: number
  readonly mostLive: number
}

const page = globalThis as unknown as { faults: FaultPage }
const sockets: WebSocket[] = []
let mostLive = 0
const live = (): number => sockets.filter(({ readyState }) => readyState < 2).length

class CountedWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    sockets.push(this)
    mostLive = Math.max(mostLive, live())
  }
}

let store: BuiltStore | undefined
const current = (): BuiltStore => {
  if (store === undefined) throw new Error('no store was started')
  return store
}

const printed: string[] = []
for (const method of ['error', 'warn'] as const) {
  console[method] = (...args: unknown[]) => printed.push(args.map(String).join(' '))
}
globalThis.addEventListener('unhandledrejection', ({ reason }) => printed.push(`unhandled: ${String(reason)}`))

const payloads = (type: string): Record<string, unknown>[] =>
  current()
    .recorder.of(type)
    .map((action) => action['payload'] as Record<string, unknown>)

page.faults = {
  start: async (url, { heartbeat, delay = 20, connectTimeout = 1_000 } = {}) => {
    const options: StoreOptions = {
      url,
      connectTimeout,
      WebSocket: CountedWebSocket,
      // After waking up, attempts start without the jitter.
      reconnect: { backoff: () => delay, minUptime: 0, random: () => 0 },
    }
    store = buildStore(heartbeat ? { ...options, heartbeat } : options)
    return await store.dispatch(socketConnect())
  },
  whenCounted: async (type, count) => {
    await current().until(() => current().recorder.count(type) >= count)
  },
  whenStatus: async (wanted) => {
    await current().until(({ status }) => status === wanted)
  },
  whenWaiting: async (isPaused) => {
    await current().until(({ status, retryAt }) => status === 'reconnecting' && (retryAt === null) === isPaused)
  },
  send: (data) => current().dispatch(socketSend(data)).delivery,
  close: async () => await current().dispatch(socketClose()),
  dispose: () => current().socket.dispose(),
  look: () => ({
    state: current().state(),
    types: current().recorder.types,
    closes: payloads(socketClosed.type),
    errors: payloads('socket/error').map(({ code }) => String(code)),
    delays: payloads('socket/reconnecting').map(({ delay }) => delay),
    messages: current()
      .recorder.of('socket/message')
      .map((action) => action['payload']),
    attempts: current().recorder.count(socketConnecting),
    sockets: sockets.length,
    live: live(),
    mostLive,
  }),
  toggle: (times) => {
    for (let index = 0; index < times; index++) {
      globalThis.dispatchEvent(new Event('offline'))
      globalThis.dispatchEvent(new Event('online'))
    }
  },
  fire: (type, persisted) => {
    if (type === 'visibilitychange') document.dispatchEvent(new Event(type))
    else if (persisted === undefined) globalThis.dispatchEvent(new Event(type))
    else globalThis.dispatchEvent(new PageTransitionEvent(type, { persisted }))
  },
  settle: async () => {
    // The tests claim that nothing starts, which no event reports. Timers run in the order in which they are due, however slow the machine is.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
  },
  printed,
}
