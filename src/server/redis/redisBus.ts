import { Buffer } from 'node:buffer'
import { after, type Cancel } from '../../internal/clock.js'
import { codedError, detailsOf, messageOf } from '../../internal/errors.js'
import { createGuard } from '../../internal/guard.js'
import type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
import { createConnectionSource, createErrorRedactor } from './client.js'
import { createPublishQueue, type PublishQueue } from './publishQueue.js'
import { createReconnectingPair, type ReconnectingPair, type RedisOutage } from './reconnectingPair.js'
import { createRedisHistory, type RedisHistory } from './redisHistory.js'
import { checkRedisBusOptions, type RedisBusOptions } from './redisBusOptions.js'

/** The time that a close gives to the messages under way. */
const CLOSE_TIMEOUT = 1_000
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
  readonly redactError: (thrown: unknown) => Error
  readonly statusListeners: ListenerSet<BusStatus>
  readonly problemListeners: ListenerSet<BusProblem>
  /** The error with which Redis refused the last message. */
  lastRefusal: string | undefined
}

const reportProblem = (state: BusState, code: string, message: string, error?: Error): void =>
  notify(state.problemListeners, { code, message, ...(error && { error }) })

const createQueue = (
  state: BusState,
  { maxBuffered: maxCount = 1000, maxBufferedBytes: maxBytes = 4 * 1024 * 1024 }: RedisBusOptions,
  canSend: () => boolean,
): PublishQueue =>
  createPublishQueue({
    maxCount,
    maxBytes,
    canSend,
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

const onConnectionLost = (state: BusState, queue: PublishQueue, { error, isNew, isNewReason }: RedisOutage): void => {
  queue.onConnectionLost()
  if (isNew) notify(state.statusListeners, { isConnected: false, error })
  if (!isNewReason) return
  const message = `Redis is unreachable: ${detailsOf(error)}. This node still serves its own clients, and retries.`
  reportProblem(state, 'bus_disconnected', message, error)
}

const createPair = (state: BusState, options: RedisBusOptions, queue: () => PublishQueue): ReconnectingPair => {
  const guard = createGuard((what, thrown) =>
    reportProblem(state, 'listener_failed', `${what} threw: ${messageOf(thrown)}`, state.redactError(thrown)),
  )
  return createReconnectingPair({
    source: createConnectionSource(options),
    redactError: state.redactError,
    onConnected: () => {
      notify(state.statusListeners, { isConnected: true })
      queue().flush()
    },
    onLost: (outage) => onConnectionLost(state, queue(), outage),
    callListener: (call) => guard('A listener to the bus', call),
  })
}

/** Waits until the messages of a queue are sent, or `CLOSE_TIMEOUT`. */
const drain = async (queue: PublishQueue): Promise<void> => {
  let cancel: Cancel = () => {}
  const timeout = new Promise<void>((resolve) => {
    cancel = after(CLOSE_TIMEOUT, resolve)
  })
  await Promise.race([queue.whenIdle(), timeout])
  cancel()
}

const closeBus = async (pair: ReconnectingPair, queue: PublishQueue, history: RedisHistory): Promise<void> => {
  await Promise.all([pair.isConnected() && drain(queue), history.close()])
  pair.close()
}

const createBus = (options: RedisBusOptions): Bus => {
  const { prefix = '', durable = false } = options
  const state: BusState = {
    redactError: createErrorRedactor(options),
    statusListeners: new Set(),
    problemListeners: new Set(),
    lastRefusal: undefined,
  }
  const pair = createPair(state, options, () => queue)
  const queue = createQueue(state, options, () => pair.isConnected())
  const history = createRedisHistory({
    target: options,
    prefix,
    durable,
    createQueue: (canSend) => createQueue(state, options, canSend),
    drain,
    report: (code, message, error) => reportProblem(state, code, message, error),
  })
  let closed: Promise<void> | undefined
  let users = 0
  const start = (): void => {
    if (closed) throw new Error('the bus is closed')
    pair.start()
  }

  const send = async (topic: string, message: string): Promise<void> => {
    await pair.publish(prefix + topic, message)
    state.lastRefusal = undefined
  }

  return {
    history,
    open: () => void users++,
    publish: (topic, message) => {
      start()
      return queue.push(Buffer.byteLength(message), () => send(topic, message))
    },
    subscribe: (topic, listener) => {
      start()
      return pair.subscribe(prefix + topic, listener)
    },
    onStatus: (listener) => {
      if (!pair.isConnected()) listener({ isConnected: false })
      return addListener(state.statusListeners, listener)
    },
    onProblem: (listener) => addListener(state.problemListeners, listener),
    // Of several servers that share this bus, the last one closes it.
    close: async () => {
      if (--users <= 0) await (closed ??= closeBus(pair, queue, history))
    },
  }
}

/**
 * Creates a bus over Redis for one server. Redis pub/sub delivers at most once: a node that is not connected when a message is published does not get it
 * later. The bus opens two connections when the server is created. Redis may be unreachable then, or at any later time: that is a `bus_disconnected`; this
 * node still serves its own clients, and what is published meanwhile waits within the bounds. The histories of channels (`server.channel`) are streams in
 * the same Redis: they have two connections of their own, which are opened with the first declaration. Of a `client` only the options are used: it is neither
 * connected nor closed. See docs/server.md.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const redisBus = (options: RedisBusOptions): Bus => {
  checkRedisBusOptions(options)
  return createBus(options)
}
