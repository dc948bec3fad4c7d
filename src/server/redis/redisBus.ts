import { after, now, type Cancel } from '../../internal/clock.js'
import { codedError, detailsOf, messageOf } from '../../internal/errors.js'
import { createGuard, type Guard } from '../../internal/guard.js'
import type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
import { createConnectionSource, createErrorRedactor, type ConnectionSource } from './client.js'
import { openConnectionPair, type ConnectionPair } from './connectionPair.js'
import { createPublishQueue, type PublishQueue } from './publishQueue.js'
import { checkRedisBusOptions, type RedisBusOptions } from './redisBusOptions.js'

/** The delay of the first retry in ms; each further one takes twice as long, up to the maximum. */
const RETRY_MIN = 100
const RETRY_MAX = 5_000
/** A connection that lasted so long was a good one: the next retry counts as the first again. */
const MIN_UPTIME = 10_000
/** The time that a close gives to the messages under way. */
const CLOSE_TIMEOUT = 1_000
/** How many different reasons of one outage are reported. */
const MAX_REASONS = 5

/** An object for each listener: the same function may be added twice. */
type ListenerSet<Value> = Set<{ readonly listener: (value: Value) => void }>

const addListener = <Value>(listeners: ListenerSet<Value>, listener: (value: Value) => void): (() => void) => {
  const entry = { listener }
  listeners.add(entry)
  return () => void listeners.delete(entry)
}

const notify = <Value>(listeners: ListenerSet<Value>, value: Value): void => {
  for (const { listener } of listeners) listener(value)
}

interface BusState {
  readonly source: ConnectionSource
  readonly redactError: (thrown: unknown) => Error
  readonly prefix: string
  readonly topics: Map<string, ListenerSet<string>>
  readonly statusListeners: ListenerSet<BusStatus>
  readonly problemListeners: ListenerSet<BusProblem>
  /** The reasons of the current outage that have been reported. */
  readonly reasons: Set<string>
  pair: ConnectionPair | undefined
  hasStarted: boolean
  isConnected: boolean
  connectedAt: number
  retries: number
  cancelRetry: Cancel
  /** The error with which Redis refused the last message. */
  lastRefusal: string | undefined
}

const reportProblem = (state: BusState, code: string, message: string, error?: Error): void =>
  notify(state.problemListeners, { code, message, ...(error && { error }) })

const createQueue = (state: BusState, maxCount: number, maxBytes: number): PublishQueue =>
  createPublishQueue({
    maxCount,
    maxBytes,
    canSend: () => state.isConnected,
    send: async (topic, message) => {
      await state.pair?.publish(state.prefix + topic, message)
      state.lastRefusal = undefined
    },
    onOverflow: () => {
      const bounds = `${maxCount} messages ("maxBuffered") or ${maxBytes} bytes ("maxBufferedBytes")`
      reportProblem(state, 'bus_dropped', `More than ${bounds} wait for Redis: the oldest are dropped.`)
    },
    onOverflowEnd: (dropped) => {
      const message = `Redis accepts messages again; ${dropped} were dropped and did not reach the other nodes.`
      reportProblem(state, 'bus_dropped', message)
    },
    onLost: (count) => {
      const message = `The connection to Redis was lost with ${count} messages under way: they may not have arrived.`
      reportProblem(state, 'bus_dropped', message)
    },
    onRefused: (thrown) => {
      const error = state.redactError(thrown)
      // Most often every message is refused for the same reason: it is reported once, until a message is accepted.
      if (state.lastRefusal !== error.message) {
        reportProblem(state, 'bus_failed', `Redis refused a message: ${error.message}`, error)
      }
      state.lastRefusal = error.message
      return codedError('bus_failed', `Redis refused a message: ${error.message}`)
    },
  })

const onConnected = (state: BusState, queue: PublishQueue): void => {
  state.isConnected = true
  state.connectedAt = now()
  state.reasons.clear()
  notify(state.statusListeners, { isConnected: true })
  queue.flush()
}

const onConnectionLost = (state: BusState, queue: PublishQueue, guard: Guard, thrown: unknown): void => {
  const { reasons, isConnected } = state
  const error = state.redactError(thrown)
  if (isConnected && now() - state.connectedAt > MIN_UPTIME) state.retries = 0
  const isNewOutage = isConnected || reasons.size === 0
  state.pair = undefined
  state.isConnected = false
  queue.onConnectionLost()
  if (isNewOutage) notify(state.statusListeners, { isConnected: false, error })
  if (!reasons.has(error.message) && reasons.size < MAX_REASONS) {
    reasons.add(error.message)
    const message = `Redis is unreachable: ${detailsOf(error)}. This node still serves its own clients, and retries.`
    reportProblem(state, 'bus_disconnected', message, error)
  }
  // Half of the delay is random: all nodes of a cluster lose Redis at the same time.
  const delay = Math.min(RETRY_MAX, RETRY_MIN * 2 ** state.retries++) * (0.5 + Math.random() / 2)
  state.cancelRetry = after(delay, () => connect(state, queue, guard))
}

const connect = (state: BusState, queue: PublishQueue, guard: Guard): void => {
  const { prefix, topics } = state
  const channels = Array.from(topics.keys(), (topic) => prefix + topic)
  state.pair = openConnectionPair(state.source, channels, {
    onReady: () => onConnected(state, queue),
    onLost: (error) => onConnectionLost(state, queue, guard, error),
    onMessage: (channel, message) => {
      // Guarded: an error thrown into the client would break the connection.
      for (const { listener } of topics.get(channel.slice(prefix.length)) ?? [])
        guard('A listener to the bus', () => listener(message))
    },
  })
}

const subscribeToTopic = (state: BusState, topic: string, listener: (message: string) => void): (() => void) => {
  const { topics, prefix } = state
  const listeners: ListenerSet<string> = topics.get(topic) ?? new Set()
  if (listeners.size === 0) state.pair?.subscribe(prefix + topic)
  topics.set(topic, listeners)
  const remove = addListener(listeners, listener)
  return () => {
    remove()
    if (listeners.size > 0 || topics.get(topic) !== listeners) return
    topics.delete(topic)
    state.pair?.unsubscribe(prefix + topic)
  }
}

const closeBus = async (state: BusState, queue: PublishQueue): Promise<void> => {
  state.cancelRetry()
  if (state.isConnected) {
    let cancel: Cancel = () => {}
    const timeout = new Promise<void>((resolve) => {
      cancel = after(CLOSE_TIMEOUT, resolve)
    })
    await Promise.race([queue.whenIdle(), timeout])
    cancel()
  }
  // The connection may have been lost meanwhile.
  state.cancelRetry()
  state.pair?.close()
}

const createBus = (options: RedisBusOptions): Bus => {
  const { prefix = '', maxBuffered = 1000, maxBufferedBytes = 4 * 1024 * 1024 } = options
  const state: BusState = {
    source: createConnectionSource(options),
    redactError: createErrorRedactor(options),
    prefix,
    topics: new Map(),
    statusListeners: new Set(),
    problemListeners: new Set(),
    reasons: new Set(),
    pair: undefined,
    hasStarted: false,
    isConnected: false,
    connectedAt: 0,
    retries: 0,
    cancelRetry: () => {},
    lastRefusal: undefined,
  }
  const guard = createGuard((what, thrown) =>
    reportProblem(state, 'listener_failed', `${what} threw: ${messageOf(thrown)}`, state.redactError(thrown)),
  )
  const queue = createQueue(state, maxBuffered, maxBufferedBytes)
  let closed: Promise<void> | undefined
  let users = 0
  const start = (): void => {
    if (closed) throw new Error('the bus is closed')
    if (state.hasStarted) return
    state.hasStarted = true
    connect(state, queue, guard)
  }

  return {
    open: () => void users++,
    publish: (topic, message) => {
      start()
      return queue.push(topic, message)
    },
    subscribe: (topic, listener) => {
      start()
      return subscribeToTopic(state, topic, listener)
    },
    onStatus: (listener) => {
      if (!state.isConnected) listener({ isConnected: false })
      return addListener(state.statusListeners, listener)
    },
    onProblem: (listener) => addListener(state.problemListeners, listener),
    // Of several servers that share this bus, the last one closes it.
    close: async () => {
      if (--users <= 0) await (closed ??= closeBus(state, queue))
    },
  }
}

/**
 * Creates a bus over Redis for one server. Redis pub/sub delivers at most once: a node that is not connected when a message is published does not get it
 * later. The bus opens two connections when the server is created. Redis may be unreachable then, or at any later time: that is a `bus_disconnected`; this
 * node still serves its own clients, and what is published meanwhile waits within the bounds. Of a `client` only the options are used: it is neither
 * connected nor closed.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const redisBus = (options: RedisBusOptions): Bus => {
  checkRedisBusOptions(options)
  return createBus(options)
}
