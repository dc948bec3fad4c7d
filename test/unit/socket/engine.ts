import { afterEach, beforeEach, jest } from '@jest/globals'
import type { Frame, ReceivedFrame } from '../../../src/internal/bytes.js'
import { messageOf } from '../../../src/internal/errors.js'
import { createHookLists } from '../../../src/internal/hookLists.js'
import { createTaskQueue } from '../../../src/internal/taskQueue.js'
import type { HeartbeatOptions } from '../../../src/middleware/options.js'
import { createConnection } from '../../../src/connection/connection.js'
import type { Link } from '../../../src/connection/hooks.js'
import { addressFeature } from '../../../src/features/address.js'
import { earlyFrames, type EarlyFrames } from '../../../src/features/earlyFrames.js'
import { heartbeatFeature } from '../../../src/features/heartbeat.js'
import { idleFeature } from '../../../src/features/idle.js'
import { pageLifecycleFeature } from '../../../src/features/pageLifecycle.js'
import { queueFeature } from '../../../src/features/queue.js'
import { retryFeature } from '../../../src/features/retry.js'
import { pingFeature } from '../../../src/middleware/respondToPing.js'
import type { ConnectionContext, FeatureHooks } from '../../../src/middleware/feature.js'
import * as order from '../../../src/middleware/order.js'
import type {
  Address,
  QueueOptions,
  ReconnectOptions,
  SendOptions,
  SocketEvents,
  WebSocketClass,
} from '../../../src/connection/types.js'
import { createFakeNetwork, type FakeNetwork, type FakeNetworkOptions } from '../../support/fakeWebSocket.js'

type EventType = keyof SocketEvents

export type EngineEvent = { [Type in EventType]: { readonly type: Type } & SocketEvents[Type] }[EventType]

/** What a handshake of the engine is given: frames, not values. */
export interface EngineWire extends Pick<Link, 'send' | 'reconnected' | 'signal'>, EarlyFrames {}

export interface EngineOptions {
  network?: FakeNetworkOptions
  address?: Address
  WebSocket?: WebSocketClass
  reconnect?: ReconnectOptions
  queue?: Partial<QueueOptions>
  connectTimeout?: number
  closeTimeout?: number
  heartbeat?: HeartbeatOptions | false
  lazy?: boolean
  idleTimeout?: number
  handshake?: (wire: EngineWire) => Promise<void>
  respondToPing?: { readonly ping: string; readonly pong: string } | false
}

/** A promise that is looked at rather than waited for. */
export const watch = <Outcome>(promise: Promise<Outcome>) => {
  const watched: { outcome: Outcome | 'pending'; isSettled: boolean } = { outcome: 'pending', isSettled: false }
  promise.then(
    (outcome) => Object.assign(watched, { outcome, isSettled: true }),
    (error: unknown) => Object.assign(watched, { outcome: `rejected: ${messageOf(error)}`, isSettled: true }),
  )
  return watched
}

/** Lets time pass on the fake clock, and everything happen that happens meanwhile. */
export const pass = async (ms = 0): Promise<void> => await jest.advanceTimersByTimeAsync(ms)

/**
 * An engine on a fake network. It is driven as the middleware drives it: commands take turns, a send runs at once. `events` is
 * all that it told; `during` is called with each event as it is told.
 */
export const createEngine = (options: EngineOptions = {}) => {
  const network = createFakeNetwork(options.network)
  const taskQueue = createTaskQueue()
  const events: EngineEvent[] = []
  const received: ReceivedFrame[] = []
  const readies: boolean[] = []
  const actions: ('connect' | 'close')[] = []
  let count = 0

  const engine = {
    network,
    events,
    received,
    /** What `ready` was called with. */
    readies,
    /** What it did by itself. */
    actions,
    during: undefined as ((event: EngineEvent) => void) | undefined,
    phase: () => socket.phase(),
    /** The types of the events since the last call. */
    taken: 0,
    types: (): EventType[] => {
      const types = events.slice(engine.taken).map(({ type }) => type)
      engine.taken = events.length
      return types
    },
    of: <Type extends EventType>(type: Type) =>
      events.filter((event): event is Extract<EngineEvent, { type: Type }> => event.type === type),
    connect: (moved?: Address, keepQueue?: boolean) => watch(inTurn(() => socket.connect(moved, keepQueue))),
    reconnect: () => watch(inTurn(() => socket.reconnect())),
    close: (code = 1000, reason = '') => watch(inTurn(() => socket.close(code, reason))),
    send: (frame: Frame, send: SendOptions = {}) => {
      const id = send.id ?? `m${String(++count)}`
      return { id, ...taskQueue.run(() => socket.trySend(id, frame) ?? socket.send({ ...send, id, frame })) }
    },
    dispose: () => taskQueue.enqueue(socket.dispose),
    /** Connects, with the server's consent. */
    open: async () => {
      const connecting = engine.connect()
      await pass()
      network.last.accept()
      await pass()
      engine.types()
      return connecting
    },
  }

  const emit = (event: EngineEvent) => {
    events.push(event)
    engine.during?.(event)
  }
  const guard: ConnectionContext['guard'] = (what, callback) => {
    try {
      return callback()
    } catch (error) {
      emit({ type: 'error', code: 'callback_failed', message: `${what} threw: ${messageOf(error)}` })
      return undefined
    }
  }
  const { handshake } = options
  const middlewareOptions = {
    reconnect: {
      backoff: () => 1_000,
      maxRetries: Infinity,
      minUptime: 5_000,
      random: () => 0.5,
      ...options.reconnect,
    },
    queue: options.queue ?? {},
    heartbeat: options.heartbeat ?? false,
    lazy: options.lazy ?? false,
    idleTimeout: options.idleTimeout ?? 0,
    respondToPing: options.respondToPing ?? false,
  } as never
  const features = [
    addressFeature,
    queueFeature,
    retryFeature,
    heartbeatFeature,
    pageLifecycleFeature,
    idleFeature,
    pingFeature,
  ]
  const hooks = createHookLists<FeatureHooks>()
  let settings: Parameters<typeof createConnection>[0] = {
    address: options.address ?? { url: 'ws://server.test/ws' },
    createContext: (attempt) => attempt,
    findClass: () => options.WebSocket ?? network.WebSocket,
    reconnect: {},
    connectTimeout: options.connectTimeout,
    closeTimeout: options.closeTimeout,
  }
  for (const feature of features) settings = { ...settings, ...feature.settings?.(middlewareOptions, settings, guard) }
  const socket = createConnection(settings, hooks, taskQueue)
  const parts = new Map<unknown, unknown>()
  const context = {
    name: 'default',
    options: middlewareOptions,
    connection: socket,
    store: { emitCommand: (command: 'connect' | 'close') => actions.push(command) },
    hooks,
    taskQueue,
    guard,
    isDisposed: () => false,
    pipeline: { isPlainText: false },
    part: <Part>(create: (context: never) => Part): Part => {
      if (!parts.has(create)) parts.set(create, create(context as never))
      return parts.get(create) as Part
    },
  }
  for (const feature of features) hooks.attach(feature.order, feature.create?.(context as never) ?? {})
  if (handshake) {
    const frames = context.part(earlyFrames as never) as ReturnType<typeof earlyFrames>
    hooks.attach(order.handshake, {
      beforeReady: ({ reconnected, send, signal }) => handshake({ reconnected, send, signal, receive: frames.receive }),
    })
  }
  hooks.attach(order.app, { onReady: ({ reconnected }) => void readies.push(reconnected) })
  hooks.attach(order.inbound, { receive: (frame) => void received.push(frame) })
  hooks.attach(order.store, { onEvent: ({ type, payload }) => emit({ type, ...payload } as EngineEvent) })
  const inTurn = async <Outcome>(run: () => Promise<Outcome>): Promise<Outcome> =>
    await new Promise((resolve) => taskQueue.enqueue(() => void run().then(resolve)))

  engines.push(engine)
  return engine
}

export type Engine = ReturnType<typeof createEngine>

const engines: { readonly network: FakeNetwork; readonly dispose: () => void }[] = []

/**
 * Fake timers for every test of a file; microtasks stay real. No engine may leave a timer or a live socket behind. (Jest itself
 * fails a test that leaves an unhandled rejection.)
 */
export const onFakeTime = (): void => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] })
  })
  afterEach(async () => {
    const left = engines.splice(0)
    for (const engine of left) engine.dispose()
    // The loop's own timer of 0 ms.
    await pass(1)
    const timers = jest.getTimerCount()
    // A spy on a fake timer must not outlive it.
    jest.restoreAllMocks()
    jest.useRealTimers()
    const live = left.map(({ network }) => network.live)
    const most = left.map(({ network }) => network.mostLive)
    if (timers > 0) throw new Error(`${String(timers)} timers were left behind`)
    if (live.some(Boolean)) throw new Error(`live sockets were left behind: ${live.join(', ')}`)
    if (most.some((number) => number > 1)) throw new Error(`sockets alive at one time: ${most.join(', ')}`)
  })
}
