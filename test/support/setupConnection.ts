import { createConnection } from '../../src/connection/connection.js'
import type { Link } from '../../src/connection/hooks.js'
import type {
  Address,
  QueueOptions,
  ReconnectOptions,
  SendOptions,
  SocketEvents,
  WebSocketClass,
} from '../../src/connection/types.js'
import { addressFeature } from '../../src/features/address.js'
import { earlyFrames } from '../../src/features/earlyFrames.js'
import { heartbeatFeature } from '../../src/features/heartbeat.js'
import { idleFeature } from '../../src/features/idle.js'
import { pageLifecycleFeature } from '../../src/features/pageLifecycle.js'
import { queueFeature } from '../../src/features/queue.js'
import { retryFeature } from '../../src/features/retry.js'
import type { Frame, ReceivedFrame } from '../../src/internal/bytes.js'
import { messageOf } from '../../src/internal/errors.js'
import { createHookLists } from '../../src/internal/hookLists.js'
import { createTaskQueue } from '../../src/internal/taskQueue.js'
import type { ConnectionContext, FeatureHooks } from '../../src/middleware/feature.js'
import type { HeartbeatOptions } from '../../src/middleware/options.js'
import * as order from '../../src/middleware/order.js'
import { pingFeature } from '../../src/middleware/respondToPing.js'
import { advanceTime } from './fakeTime.js'
import type { FakeServerOptions } from '../../src/testing/index.js'
import { createHeldServer } from './heldServer.js'
import { disposeAfterTest } from './leaks.js'

type EventType = keyof SocketEvents

export type TestEvent = { [Type in EventType]: { readonly type: Type } & SocketEvents[Type] }[EventType]

/** What a handshake is given: frames, not values. */
export interface FrameWire extends Pick<Link, 'send' | 'reconnected' | 'signal'> {
  readonly receive: (options?: { readonly signal?: AbortSignal }) => Promise<ReceivedFrame>
}

export interface ConnectionOptions {
  network?: FakeServerOptions
  address?: Address
  WebSocket?: WebSocketClass
  reconnect?: ReconnectOptions
  queue?: Partial<QueueOptions>
  connectTimeout?: number
  closeTimeout?: number
  heartbeat?: HeartbeatOptions | false
  lazy?: boolean
  idleTimeout?: number
  handshake?: (wire: FrameWire) => Promise<void>
  respondToPing?: { readonly ping: string; readonly pong: string } | false
}

const features = [
  addressFeature,
  queueFeature,
  retryFeature,
  heartbeatFeature,
  pageLifecycleFeature,
  idleFeature,
  pingFeature,
]

/** The outcome of a promise so far. */
export const watch = <Outcome>(promise: Promise<Outcome>) => {
  const watched: { outcome: Outcome | 'pending'; isSettled: boolean } = { outcome: 'pending', isSettled: false }
  promise.then(
    (outcome) => Object.assign(watched, { outcome, isSettled: true }),
    (error: unknown) => Object.assign(watched, { outcome: `rejected: ${messageOf(error)}`, isSettled: true }),
  )
  return watched
}

/** The options of the middleware, with a backoff of one second. */
const toMiddlewareOptions = (options: ConnectionOptions) => ({
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
})

/**
 * Creates a connection with most features on a fake network, without a store, and drives it as the middleware does: commands take turns, a send runs at
 * once. At the end of the test it is disposed of; the test fails when something of it is left behind (see leaks.ts).
 */
export const setupConnection = (options: ConnectionOptions = {}) => {
  const network = createHeldServer(options.network)
  const taskQueue = createTaskQueue()
  const hooks = createHookLists<FeatureHooks>()
  const events: TestEvent[] = []
  const received: ReceivedFrame[] = []
  const readyCalls: boolean[] = []
  const ownCommands: ('connect' | 'close')[] = []
  let sends = 0
  let taken = 0

  const inTurn = async <Outcome>(run: () => Promise<Outcome>): Promise<Outcome> =>
    await new Promise((resolve) => taskQueue.enqueue(() => void run().then(resolve)))
  const setup = {
    network,
    /** All events so far. */
    events,
    /** All frames that reached the inbound step. */
    received,
    /** `reconnected` of every `onReady`. */
    readyCalls,
    /** The commands that the connection gave itself. */
    ownCommands,
    /** Called with each event as it is emitted. */
    onEvent: undefined as ((event: TestEvent) => void) | undefined,
    phase: () => connection.phase(),
    /** Returns the types of the events since the last call. */
    takeTypes: (): EventType[] => {
      const types = events.slice(taken).map(({ type }) => type)
      taken = events.length
      return types
    },
    /** All events of one type. */
    eventsOf: <Type extends EventType>(type: Type) =>
      events.filter((event): event is Extract<TestEvent, { type: Type }> => event.type === type),
    connect: (address?: Address, keepQueue?: boolean) =>
      watch(inTurn(async () => await connection.connect(address, keepQueue))),
    reconnect: () => watch(inTurn(async () => await connection.reconnect())),
    close: (code = 1000, reason = '') => watch(inTurn(async () => await connection.close(code, reason))),
    send: (frame: Frame, send: SendOptions = {}) => {
      const id = send.id ?? `m${String(++sends)}`
      return taskQueue.run(() => connection.trySend(id, frame) ?? connection.send({ ...send, id, frame }))
    },
    dispose: () => taskQueue.enqueue(connection.dispose),
    /** Connects; the server accepts. */
    open: async () => {
      const connecting = setup.connect()
      await advanceTime()
      network.last.accept()
      await advanceTime()
      setup.takeTypes()
      return connecting
    },
  }

  const emit = (event: TestEvent) => {
    events.push(event)
    setup.onEvent?.(event)
  }
  const guard: ConnectionContext['guard'] = (what, callback) => {
    try {
      return callback()
    } catch (error) {
      emit({ type: 'error', code: 'callback_failed', message: `${what} threw: ${messageOf(error)}` })
      return undefined
    }
  }
  const middlewareOptions = toMiddlewareOptions(options)
  const settings: Parameters<typeof createConnection>[0] = {
    address: options.address ?? { url: 'ws://server.test/ws' },
    createContext: (attempt) => attempt,
    findClass: () => options.WebSocket ?? network.WebSocket,
    reconnect: {},
    connectTimeout: options.connectTimeout ?? 10_000,
    closeTimeout: options.closeTimeout ?? 2_000,
  }
  for (const feature of features) Object.assign(settings, feature.settings?.(middlewareOptions, settings, guard))
  const connection = createConnection(settings, hooks, taskQueue)
  const parts = new Map<unknown, unknown>()
  const context = {
    name: 'default',
    options: middlewareOptions,
    connection,
    store: { emitCommand: (command: 'connect' | 'close') => ownCommands.push(command) },
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
  const { handshake } = options
  if (handshake) {
    const frames = context.part(earlyFrames as never) as ReturnType<typeof earlyFrames>
    hooks.attach(order.handshake, {
      beforeReady: async ({ reconnected, send, signal }) =>
        await handshake({
          reconnected,
          send,
          signal,
          receive: (given) => {
            const frame = frames.receive(given)
            // A handshake may ignore what it asked for.
            frame.catch(() => {})
            return frame
          },
        }),
    })
  }
  hooks.attach(order.app, { onReady: ({ reconnected }) => void readyCalls.push(reconnected) })
  hooks.attach(order.inbound, {
    receive: (frame) => {
      received.push(frame)
      // As the inbound step does with a frame that is a message.
      const { sends: unconfirmed } = connection
      if (!unconfirmed.isProven) unconfirmed.confirmed = unconfirmed.cursor
    },
  })
  hooks.attach(order.store, { onEvent: ({ type, payload }) => emit({ type, ...payload } as TestEvent) })

  disposeAfterTest({
    dispose: setup.dispose,
    live: () => network.live,
    fault: () => (network.mostLive > 1 ? `${network.mostLive} sockets were alive at one time` : null),
  })
  return setup
}

export type TestConnection = ReturnType<typeof setupConnection>
