import { createFakeServer, type FakeServer } from '../../../src/testing/index.js'
import { PREFIX, type Note } from '../../../src/tabs/notes.js'
import {
  createSharedWebSocket,
  type SharedWebSocketClass,
  type SharedWebSocketOptions,
} from '../../../src/tabs/index.js'
import { disposeAfterTest } from '../leaks.js'
import { createFakeChannels, type ChannelOwner } from './fakeChannels.js'
import { createFakeLocks } from './fakeLocks.js'

/** A tab of the world. */
export interface WorldTab extends ChannelOwner {
  /** What `createSharedWebSocket` has returned in this tab. */
  readonly WebSocket: SharedWebSocketClass
  /** Emits an event of the page. */
  readonly emit: (type: 'pagehide' | 'pageshow' | 'freeze' | 'resume' | 'visibilitychange') => void
  /** The process of the page is gone: no last note, and its connection is cut. */
  readonly crash: () => void
  /** The page answers nothing until `unstick`. */
  readonly stick: () => void
  readonly unstick: () => void
  /** Runs a task with the globals of the page. */
  readonly run: <Result>(task: () => Result) => Result
}

/** What the sockets of the tabs connect to. */
export interface TabNetwork {
  readonly WebSocket: new (url: string, protocols: string[]) => object
  /** The connection of a socket of a page that is gone is cut. */
  readonly cut: (socket: object) => void
  readonly dispose: () => void
  readonly live: () => number
}

/** A network of the fake server. */
const toNetwork = (server: FakeServer): TabNetwork => ({
  WebSocket: server.WebSocket,
  cut: (socket) => {
    for (const connection of server.connections) if (connection.socket === socket) connection.cut()
  },
  dispose: () => {
    for (const connection of server.connections) connection.cut()
  },
  live: () => server.live,
})

/** What a {@link TabWorld} is created with. */
export interface TabWorldOptions {
  /** How long notes are under way, in milliseconds. @default 1 */
  readonly delay?: () => number
  /** The same of locks. @default `delay` */
  readonly lockDelay?: () => number
  /** Requests for locks that the browser rejects. @default none */
  readonly refuseLock?: (name: string, options: LockOptions) => boolean
  /** How long notes are in the page that has posted them, in milliseconds. @default 0 */
  readonly outDelay?: () => number
  /** Whether all notes to one page keep their order. @default false */
  readonly isRouted?: boolean
  /** @default a new one */
  readonly server?: FakeServer
  /** @default the fake server of the world */
  readonly network?: TabNetwork
}

/** Something that posts notes as a tab would. */
export interface Intruder {
  readonly notes: Note[]
  readonly post: (note: Note) => void
  readonly hold: () => Promise<() => void>
}

/** The tabs of one origin, and a server. */
export interface TabWorld {
  readonly server: FakeServer
  /** Opens a tab. */
  readonly open: (options?: SharedWebSocketOptions) => WorldTab
  /** Takes part in the channel and the lock of a socket without the library: `hold` resolves with a function that releases the lock. */
  readonly intrude: (url: string, suffix?: string) => Intruder
  /** Ends all tabs and connections. */
  readonly dispose: () => void
}

class FakeClose extends Event {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  constructor(type: string, init: { readonly code?: number; readonly reason?: string; readonly wasClean?: boolean }) {
    super(type)
    this.code = init.code ?? 0
    this.reason = init.reason ?? ''
    this.wasClean = init.wasClean ?? false
  }
}

/** Runs a task with other globals. */
export const withGlobals = <Result>(globals: Readonly<Record<string, unknown>>, task: () => Result): Result => {
  const before = Object.entries(globals).map(([name, value]) => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value })
    return [name, descriptor] as const
  })
  try {
    return task()
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else Reflect.deleteProperty(globalThis, name)
    }
  }
}

const createOwner = (): ChannelOwner => ({ isGone: false, isStuck: false, received: 0, channels: 0, backlog: [] })

/** Defines what Node lacks of a page. */
const addPlatform = (): void => {
  if ('CloseEvent' in globalThis) return
  Object.defineProperty(globalThis, 'CloseEvent', { configurable: true, writable: true, value: FakeClose })
}

const createPair = () => {
  const port2: { onmessage: (() => void) | null } = { onmessage: null }
  return { port1: { postMessage: () => setTimeout(() => port2.onmessage?.()), close: () => {} }, port2 }
}

/** Creates a world. For tests on fake time. */
export const createTabWorld = (world: TabWorldOptions | (() => number) = {}): TabWorld => {
  addPlatform()
  const given = typeof world === 'function' ? { delay: world } : world
  const { delay = () => 1, isRouted = false, lockDelay = delay, outDelay } = given
  const { server = createFakeServer() } = given
  const { network = toNetwork(server) } = given
  const tabs: WorldTab[] = []
  const channels = createFakeChannels(delay, isRouted, outDelay)
  const locks = createFakeLocks(lockDelay, given.refuseLock)
  const open = (options: SharedWebSocketOptions = {}): WorldTab => {
    const page = new EventTarget()
    const sockets: object[] = []
    const owner: ChannelOwner = createOwner()
    // Plain functions: they are called with `new`.
    const Real = function (url: string, protocols: string[]) {
      const socket = new network.WebSocket(url, protocols)
      // A page that is stuck gets no event.
      Object.assign(socket, { gate: (task: () => void) => (owner.isStuck ? owner.backlog.push(task) : task()) })
      sockets.push(socket)
      return socket
    }
    const Channel = function (name: string) {
      return channels.create(name, owner)
    }
    const globals = {
      document: Object.assign(page, { visibilityState: 'visible', baseURI: 'https://app.example/' }),
      navigator: { locks: locks.managerOf(owner, () => owner.isGone), onLine: true },
      BroadcastChannel: Channel,
      MessageChannel: function () {
        return createPair()
      },
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
    }
    const Class = withGlobals(globals, () => createSharedWebSocket({ WebSocket: Real as never, ...options }))
    const tab = Object.assign(owner, {
      WebSocket: Class,
      emit: (type: string) => withGlobals(globals, () => void page.dispatchEvent(new Event(type))),
      crash: () => {
        owner.isGone = true
        for (const socket of sockets) network.cut(socket)
        locks.drop(owner)
      },
      stick: () => {
        owner.isStuck = true
      },
      unstick: () => {
        owner.isStuck = false
        for (const deliver of owner.backlog.splice(0)) deliver()
      },
      run: <Result>(task: () => Result) => withGlobals(globals, task),
    })
    tabs.push(tab)
    return tab
  }
  const intrude = (url: string, suffix = ''): Intruder => {
    const owner = createOwner()
    const key = `${PREFIX}:${JSON.stringify([url])}${suffix}`
    const channel = channels.create(key, owner)
    const notes: Note[] = []
    channel.onmessage = ({ data }) => notes.push(data as Note)
    return {
      notes,
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
      post: (note) => channel.postMessage(note),
      hold: async () =>
        await new Promise((resolve) => {
          void locks
            .managerOf(owner, () => false)
            .request(key, {}, async () => {
              await new Promise<void>((release) => resolve(release))
            })
            // Another tab may take it.
            .catch(() => {})
        }),
    }
  }
  const dispose = () => {
    for (const tab of tabs) tab.emit('pagehide')
    network.dispose()
  }
  disposeAfterTest({ dispose, live: network.live })
  return { server, open, intrude, dispose }
}
