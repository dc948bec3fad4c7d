import { afterEach, beforeEach, jest } from '@jest/globals'
import type { Frame, ReceivedFrame } from '../../../src/internal/bytes.js'
import { messageOf } from '../../../src/internal/errors.js'
import { createTurns } from '../../../src/internal/turns.js'
import { createSocket } from '../../../src/socket/createSocket.js'
import type {
  Address,
  Emit,
  SendOptions,
  Socket,
  SocketConfig,
  SocketEvents,
  WebSocketClass,
} from '../../../src/socket/types.js'
import { createFakeNetwork, type FakeNetwork, type FakeNetworkOptions } from '../../support/fakeWebSocket.js'

type EventType = keyof SocketEvents

export type EngineEvent = { [Type in EventType]: { readonly type: Type } & SocketEvents[Type] }[EventType]

export interface EngineOptions {
  network?: FakeNetworkOptions
  address?: Address
  WebSocket?: WebSocketClass
  reconnect?: Partial<SocketConfig['reconnect']>
  queue?: Partial<SocketConfig['queue']>
  connectTimeout?: number
  closeTimeout?: number
  heartbeat?: SocketConfig['heartbeat']
  lazy?: boolean
  idleTimeout?: number
  handshake?: SocketConfig['handshake']
  ping?: SocketConfig['ping']
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
  const turns = createTurns()
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
      return { id, ...turns.now(() => socket.send(frame, { ...send, id })) }
    },
    dispose: () => turns.queue(socket.dispose),
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

  const emit: Emit = (type, payload) => {
    const event = { type, ...payload } as EngineEvent
    events.push(event)
    engine.during?.(event)
  }
  const socket: Socket = createSocket(
    {
      address: options.address ?? { url: 'ws://server.test/ws' },
      WebSocket: () => options.WebSocket ?? network.WebSocket,
      reconnect: {
        backoff: () => 1_000,
        maxRetries: Infinity,
        minUptime: 5_000,
        random: () => 0.5,
        ...options.reconnect,
      },
      connectTimeout: options.connectTimeout ?? 10_000,
      closeTimeout: options.closeTimeout ?? 2_000,
      queue: {
        maxMessages: 1_000,
        maxBytes: 1_048_576,
        ttl: Infinity,
        overflow: 'drop-newest',
        highWaterMark: 1_048_576,
        ...options.queue,
      },
      heartbeat: options.heartbeat ?? false,
      lazy: options.lazy ?? false,
      idleTimeout: options.idleTimeout ?? 0,
      handshake: options.handshake,
      ping: options.ping ?? false,
      acted: (command) => actions.push(command),
      emit,
      subprotocols: [],
      negotiated: () => ({ remake: false, binaryType: 'arraybuffer' }),
      admits: () => true,
      receive: (frame) => received.push(frame),
      untold: () => undefined,
      forget: () => {},
      ready: (reconnected) => readies.push(reconnected),
      guard: (what, callback) => {
        try {
          return callback()
        } catch (error) {
          emit('error', { code: 'callback_failed', message: `${what} threw: ${messageOf(error)}` })
          return undefined
        }
      },
    },
    turns,
  )
  const inTurn = async <Outcome>(run: () => Promise<Outcome>): Promise<Outcome> =>
    await new Promise((resolve) => turns.queue(() => void run().then(resolve)))

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
