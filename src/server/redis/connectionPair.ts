import { after, type Cancel } from '../../internal/clock.js'
import type { ConnectionSource, RedisConnection } from './client.js'

/** What a connection pair calls back. `onLost` is called at most once; nothing is called after it, or after `close`. */
export interface ConnectionPairEvents {
  readonly onReady: () => void
  readonly onLost: (error: unknown) => void
  readonly onMessage: (channel: string, message: string) => void
}

/** Two connections to Redis, because one that is subscribed may not publish. When one is lost, so is the other. */
export interface ConnectionPair {
  /** Rejects when Redis refuses the message, or the pair is closed first. */
  readonly publish: (channel: string, message: string) => Promise<unknown>
  readonly subscribe: (channel: string) => void
  readonly unsubscribe: (channel: string) => void
  readonly close: () => void
}

/** The time for opening both connections and subscribing. */
const OPEN_TIMEOUT = 10_000
/** The time between two pings, and for their answer: a Redis whose network is cut closes no connection. */
const PING_INTERVAL = 5_000

interface PairState {
  readonly source: ConnectionSource
  readonly events: ConnectionPairEvents
  /** The channels to subscribe to. */
  readonly channels: Set<string>
  readonly connections: RedisConnection[]
  publisher: RedisConnection | undefined
  /** Set once all channels are subscribed. */
  subscriber: RedisConnection | undefined
  isClosed: boolean
  cancelTimer: Cancel
}

const destroy = (connection: RedisConnection): void => {
  try {
    connection.destroy()
  } catch {
    // Some versions of the package throw when the connection has closed already.
  }
}

const close = (state: PairState): void => {
  state.isClosed = true
  state.cancelTimer()
  for (const connection of state.connections) destroy(connection)
}

const onLost = (state: PairState, error: unknown): void => {
  if (state.isClosed) return
  close(state)
  state.events.onLost(error)
}

const startTimeout = (state: PairState, what: string, timeout: number): void => {
  state.cancelTimer()
  state.cancelTimer = after(timeout, () => onLost(state, new Error(`Redis did not ${what} within ${timeout} ms`)))
}

const connect = async (state: PairState, create: () => RedisConnection): Promise<RedisConnection> => {
  const connection = create()
  state.connections.push(connection)
  connection.on('error', (error) => onLost(state, error))
  connection.unref?.()
  try {
    await connection.connect()
    connection.ref?.()
  } finally {
    // A client that is destroyed while it connects completes the connection all the same.
    if (state.isClosed) destroy(connection)
  }
  return connection
}

const subscribe = async (state: PairState, subscriber: RedisConnection, channel: string): Promise<unknown> =>
  await subscriber.subscribe(channel, (message) => {
    if (!state.isClosed && state.channels.has(channel)) state.events.onMessage(channel, message)
  })

const pingRegularly = (state: PairState): void => {
  state.cancelTimer = after(PING_INTERVAL, () => {
    startTimeout(state, 'answer a ping', PING_INTERVAL)
    Promise.all(state.connections.map(async (connection) => await connection.ping())).then(
      () => {
        state.cancelTimer()
        if (!state.isClosed) pingRegularly(state)
      },
      (error: unknown) => onLost(state, error),
    )
  })
}

/** Asked after each wait: the pair may have been closed meanwhile. */
const isClosed = (state: PairState): boolean => state.isClosed

const open = async (state: PairState): Promise<void> => {
  startTimeout(state, 'accept the connections', OPEN_TIMEOUT)
  // Both connections are to the same Redis, also where there are several.
  const create = await state.source()
  if (isClosed(state)) return
  const [publisher, subscriber] = await Promise.all([connect(state, create), connect(state, create)])
  state.publisher = publisher
  // One after the other, so that channels that are added meanwhile are subscribed too.
  // oxlint-disable-next-line no-await-in-loop
  for (const channel of state.channels) await subscribe(state, subscriber, channel)
  if (isClosed(state)) return
  state.subscriber = subscriber
  state.cancelTimer()
  pingRegularly(state)
  state.events.onReady()
}

/** Opens a pair that is subscribed to `channels`. */
export const openConnectionPair = (
  source: ConnectionSource,
  channels: Iterable<string>,
  events: ConnectionPairEvents,
): ConnectionPair => {
  const state: PairState = {
    source,
    events,
    channels: new Set(channels),
    connections: [],
    publisher: undefined,
    subscriber: undefined,
    isClosed: false,
    cancelTimer: () => {},
  }
  // In a microtask: nothing may be called back before the caller has the result.
  void Promise.resolve()
    .then(async () => await open(state))
    .catch((error: unknown) => onLost(state, error))

  return {
    publish: async (channel, message) => {
      if (!state.publisher || state.isClosed) throw new Error('The connection to Redis is closed.')
      return await state.publisher.publish(channel, message)
    },
    subscribe: (channel) => {
      state.channels.add(channel)
      if (!state.subscriber || state.isClosed) return
      subscribe(state, state.subscriber, channel).catch((error: unknown) => onLost(state, error))
    },
    unsubscribe: (channel) => {
      state.channels.delete(channel)
      if (!state.subscriber || state.isClosed) return
      state.subscriber.unsubscribe(channel).catch(() => {})
    },
    close: () => close(state),
  }
}
