import { after, type Cancel } from '../../internal/clock.js'
import type { RedisConnection } from './client.js'

/** Connections to Redis that are lost together: when one is lost, all are closed. */
export interface ConnectionGroup {
  /** Opens a connection. */
  readonly connect: (create: () => RedisConnection) => Promise<RedisConnection>
  /** Closes the group when it is not ready within {@link OPEN_TIMEOUT}. */
  readonly startOpening: () => void
  /** Ends the timeout of `startOpening`, and checks the connections regularly from then on. */
  readonly onOpen: () => void
  /** Closes the connections and calls `onLost`, unless they are closed already. */
  readonly lose: (error: unknown) => void
  readonly isClosed: () => boolean
  /** Closes the connections; `onLost` is not called. */
  readonly close: () => void
}

/** The time for opening the connections and subscribing. */
const OPEN_TIMEOUT = 10_000
/** The time between two pings, and for their answer: a Redis whose network is cut closes no connection. */
const PING_INTERVAL = 5_000

interface GroupState {
  readonly onLost: (error: unknown) => void
  readonly connections: RedisConnection[]
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

const close = (state: GroupState): void => {
  state.isClosed = true
  state.cancelTimer()
  for (const connection of state.connections) destroy(connection)
}

const lose = (state: GroupState, error: unknown): void => {
  if (state.isClosed) return
  close(state)
  state.onLost(error)
}

const startTimeout = (state: GroupState, what: string, timeout: number): void => {
  state.cancelTimer()
  state.cancelTimer = after(timeout, () => lose(state, new Error(`Redis did not ${what} within ${timeout} ms`)))
}

const connect = async (state: GroupState, create: () => RedisConnection): Promise<RedisConnection> => {
  const connection = create()
  state.connections.push(connection)
  connection.on('error', (error) => lose(state, error))
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

const pingRegularly = (state: GroupState): void => {
  state.cancelTimer = after(PING_INTERVAL, () => {
    startTimeout(state, 'answer a ping', PING_INTERVAL)
    Promise.all(state.connections.map(async (connection) => await connection.ping())).then(
      () => {
        state.cancelTimer()
        if (!state.isClosed) pingRegularly(state)
      },
      (error: unknown) => lose(state, error),
    )
  })
}

/** Creates an empty group. `onLost` is called at most once. */
export const createConnectionGroup = (onLost: (error: unknown) => void): ConnectionGroup => {
  const state: GroupState = { onLost, connections: [], isClosed: false, cancelTimer: () => {} }
  return {
    connect: async (create) => await connect(state, create),
    startOpening: () => startTimeout(state, 'accept the connections', OPEN_TIMEOUT),
    onOpen: () => {
      state.cancelTimer()
      pingRegularly(state)
    },
    lose: (error) => lose(state, error),
    isClosed: () => state.isClosed,
    close: () => close(state),
  }
}
