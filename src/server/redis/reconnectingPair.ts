import { after, now, type Cancel } from '../../internal/clock.js'
import type { ConnectionSource } from './client.js'
import { openConnectionPair, type ConnectionPair, type PrepareConnection } from './connectionPair.js'

/** The delay of the first retry in ms; each further one takes twice as long, up to the maximum. */
const RETRY_MIN = 100
const RETRY_MAX = 5_000
/** A connection that lasted so long was a good one: the next retry counts as the first again. */
const MIN_UPTIME = 10_000
/** How many different reasons of one outage are reported. */
const MAX_REASONS = 5

/** Why the connections were lost, or could not be opened. */
export interface RedisOutage {
  readonly error: Error
  /** The connections worked before. */
  readonly isNew: boolean
  /** This outage has not had the reason before. */
  readonly isNewReason: boolean
}

/** What {@link createReconnectingPair} needs. */
export interface ReconnectingPairConfig {
  readonly source: ConnectionSource
  readonly redactError: (thrown: unknown) => Error
  /** Done on each new pair before `onConnected`. */
  readonly prepare?: PrepareConnection
  readonly onConnected: () => void
  readonly onLost: (outage: RedisOutage) => void
  /** Runs a listener to a channel; it must not throw, because that would break the connection. */
  readonly callListener: (call: () => void) => void
}

/** A pair of connections that is opened again when it is lost, with its subscriptions. */
export interface ReconnectingPair {
  /** Opens the connections. Later calls have no effect. */
  readonly start: () => void
  readonly isConnected: () => boolean
  /** Rejects when Redis refuses the message, or the connections are lost first. */
  readonly publish: (channel: string, message: string) => Promise<unknown>
  /** Listens to a channel, also after a reconnect. Returns a function that stops it. */
  readonly subscribe: (channel: string, listener: (message: string) => void) => () => void
  /** Closes the connections without `onLost`, and does not open them again. */
  readonly close: () => void
}

/** An object for each listener: the same function may be added twice. */
type ChannelListeners = Set<{ readonly listener: (message: string) => void }>

interface PairState {
  readonly config: ReconnectingPairConfig
  readonly channels: Map<string, ChannelListeners>
  /** The reasons of the current outage that have been reported. */
  readonly reasons: Set<string>
  pair: ConnectionPair | undefined
  hasStarted: boolean
  isClosed: boolean
  isConnected: boolean
  connectedAt: number
  retries: number
  cancelRetry: Cancel
}

const onConnected = (state: PairState): void => {
  state.isConnected = true
  state.connectedAt = now()
  state.reasons.clear()
  state.config.onConnected()
}

const onLost = (state: PairState, thrown: unknown): void => {
  const { reasons, isConnected, config } = state
  const error = config.redactError(thrown)
  if (isConnected && now() - state.connectedAt > MIN_UPTIME) state.retries = 0
  const isNew = isConnected || reasons.size === 0
  const isNewReason = !reasons.has(error.message) && reasons.size < MAX_REASONS
  if (isNewReason) reasons.add(error.message)
  state.pair = undefined
  state.isConnected = false
  // Half of the delay is random: all nodes of a cluster lose Redis at the same time.
  const delay = Math.min(RETRY_MAX, RETRY_MIN * 2 ** state.retries++) * (0.5 + Math.random() / 2)
  state.cancelRetry = after(delay, () => connect(state))
  config.onLost({ error, isNew, isNewReason })
}

const connect = (state: PairState): void => {
  const { channels, config } = state
  const events = {
    onReady: () => onConnected(state),
    onLost: (error: unknown) => onLost(state, error),
    onMessage: (channel: string, message: string) => {
      for (const { listener } of channels.get(channel) ?? []) config.callListener(() => listener(message))
    },
  }
  state.pair = openConnectionPair(config.source, channels.keys(), events, config.prepare)
}

const subscribe = (state: PairState, channel: string, listener: (message: string) => void): (() => void) => {
  const { channels } = state
  const listeners: ChannelListeners = channels.get(channel) ?? new Set()
  if (listeners.size === 0) state.pair?.subscribe(channel)
  channels.set(channel, listeners)
  const entry = { listener }
  listeners.add(entry)
  return () => {
    listeners.delete(entry)
    if (listeners.size > 0 || channels.get(channel) !== listeners) return
    channels.delete(channel)
    state.pair?.unsubscribe(channel)
  }
}

/** Creates a pair that is not open yet. */
export const createReconnectingPair = (config: ReconnectingPairConfig): ReconnectingPair => {
  const state: PairState = {
    config,
    channels: new Map(),
    reasons: new Set(),
    pair: undefined,
    hasStarted: false,
    isClosed: false,
    isConnected: false,
    connectedAt: 0,
    retries: 0,
    cancelRetry: () => {},
  }
  return {
    start: () => {
      if (state.hasStarted || state.isClosed) return
      state.hasStarted = true
      connect(state)
    },
    isConnected: () => state.isConnected,
    publish: async (channel, message) => {
      if (!state.pair) throw new Error('The connection to Redis is closed.')
      return await state.pair.publish(channel, message)
    },
    subscribe: (channel, listener) => subscribe(state, channel, listener),
    close: () => {
      state.isClosed = true
      state.isConnected = false
      state.cancelRetry()
      state.pair?.close()
    },
  }
}
