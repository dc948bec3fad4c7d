import { after, now, type Cancel } from '../../internal/clock.js'
import { codedError, messageOf, show } from '../../internal/errors.js'
import type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
import { checkTarget, createMake, createReason, type RedisConnection, type RedisTarget } from './client.js'
import { createOutbox } from './publishQueue.js'
import { openSession, type Session } from './connectionPair.js'

/** The options of {@link redisBus}: where Redis is, and what may wait for it. */
export type RedisBusOptions = RedisTarget & {
  /** Stands before all channels, so that several apps can share one Redis. @default '' */
  readonly prefix?: string
  /** How many messages wait while Redis can't be reached; of more the oldest are dropped. @default 1000 */
  readonly maxBuffered?: number
  /** How many bytes of them. @default 4194304 */
  readonly maxBufferedBytes?: number
}

/** The first retry comes after this, each after it takes twice as long. */
const RETRY_MIN = 100
const RETRY_MAX = 5_000
/** A connection that held so long was a good one: the next retry is a first one again. */
const GOOD_AFTER = 10_000
/** What is under way when the bus is closed may take so long. */
const CLOSE_WITHIN = 1_000
/** How many reasons of one outage are told. */
const MAX_REASONS = 5

/** Listeners to one thing. What one throws is its own affair: those of a server don't. */
const createListeners = <Value>() => {
  const listeners = new Set<{ readonly tell: (value: Value) => void }>()
  return {
    add: (tell: (value: Value) => void) => {
      const entry = { tell }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    tell: (value: Value) => {
      for (const { tell } of listeners) tell(value)
    },
  }
}

/** The bus over any kind of connections. */
const createRedisBus = (
  make: () => RedisConnection,
  reasonOf: (thrown: unknown) => Error,
  { prefix = '', maxBuffered = 1000, maxBufferedBytes = 4 * 1024 * 1024 }: Partial<RedisBusOptions> = {},
): Bus => {
  const topics = new Map<string, Set<{ readonly listener: (message: string) => void }>>()
  const statuses = createListeners<BusStatus>()
  const problems = createListeners<BusProblem>()
  const reasons = new Set<string>()
  let session: Session | undefined
  let isConnected = false
  let connectedAt = 0
  let retries = 0
  let cancelRetry: Cancel = () => {}
  let closing: Promise<void> | undefined
  let refusal: string | undefined

  const fail = (code: string, message: string, error?: Error): void =>
    problems.tell({ code, message, ...(error && { error }) })

  /** Thrown into the client it would break the connection. */
  const guarded = (listener: (message: string) => void, message: string): void => {
    try {
      listener(message)
    } catch (thrown) {
      fail('listener_failed', `A listener to the bus threw: ${messageOf(thrown)}`, reasonOf(thrown))
    }
  }

  const outbox = createOutbox({
    maxCount: maxBuffered,
    maxBytes: maxBufferedBytes,
    canSend: () => isConnected,
    send: async (topic, message) => {
      await session?.publish(prefix + topic, message)
      refusal = undefined
    },
    overflowing: () => {
      const bounds = `${maxBuffered} messages ("maxBuffered") or ${maxBufferedBytes} bytes ("maxBufferedBytes")`
      fail('bus_dropped', `More than ${bounds} wait for Redis: the oldest are dropped.`)
    },
    overflowed: (count) =>
      fail('bus_dropped', `Redis takes messages again; ${count} had found no room and did not reach the other nodes.`),
    lost: (count) =>
      fail('bus_dropped', `The connection to Redis broke with ${count} messages under way: they may not have arrived.`),
    refused: (thrown) => {
      const error = reasonOf(thrown)
      // The same for each message, mostly: told until one is taken again.
      if (refusal !== error.message) fail('bus_failed', `Redis does not take a message: ${error.message}`, error)
      refusal = error.message
    },
  })

  const down = (thrown: unknown): void => {
    session = undefined
    const error = reasonOf(thrown)
    if (isConnected && now() - connectedAt > GOOD_AFTER) retries = 0
    const isFirst = isConnected || reasons.size === 0
    isConnected = false
    outbox.abandon()
    if (isFirst) statuses.tell({ isConnected, error })
    if (!reasons.has(error.message) && reasons.size < MAX_REASONS) {
      reasons.add(error.message)
      const text = `Redis is out of reach: ${error.message}. This node serves its own clients meanwhile, and tries again.`
      fail('bus_disconnected', text, error)
    }
    // Half of it is left to chance: the nodes of a cluster lose Redis all at once.
    const delay = Math.min(RETRY_MAX, RETRY_MIN * 2 ** retries++) * (0.5 + Math.random() / 2)
    cancelRetry = after(delay, dial)
  }
  const dial = (): void => {
    const wanted = Array.from(topics.keys(), (topic) => prefix + topic)
    session = openSession(make, wanted, {
      down,
      ready: () => {
        isConnected = true
        connectedAt = now()
        reasons.clear()
        statuses.tell({ isConnected })
        outbox.flush()
      },
      message: (channel, message) => {
        for (const { listener } of topics.get(channel.slice(prefix.length)) ?? []) guarded(listener, message)
      },
    })
  }
  let isBegun = false
  const begin = (): void => {
    if (closing) throw new Error('the bus is closed')
    if (isBegun) return
    isBegun = true
    dial()
  }

  const close = async (): Promise<void> => {
    cancelRetry()
    if (isConnected) {
      let cancel: Cancel = () => {}
      const patience = new Promise<void>((resolve) => {
        cancel = after(CLOSE_WITHIN, resolve)
      })
      await Promise.race([outbox.whenIdle(), patience])
      cancel()
    }
    cancelRetry()
    session?.end()
  }

  return {
    publish: (topic, message) => {
      begin()
      outbox.push(topic, message)
    },
    subscribe: (topic, listener) => {
      begin()
      const listeners = topics.get(topic) ?? new Set()
      const entry = { listener }
      if (listeners.size === 0) session?.subscribe(prefix + topic)
      topics.set(topic, listeners.add(entry))
      return () => {
        if (!listeners.delete(entry) || listeners.size > 0) return
        topics.delete(topic)
        session?.unsubscribe(prefix + topic)
      }
    },
    onStatus: (listener) => {
      if (!isConnected) listener({ isConnected })
      return statuses.add(listener)
    },
    onProblem: problems.add,
    close: async () => await (closing ??= close()),
  }
}

/**
 * A bus over Redis (pub/sub, so at most once: who is not connected when a message is published does not get it later), for one server.
 * It makes two connections, when the server is created. Redis may be down then, or go down at any time: that is a `bus_disconnected`, this
 * node's own clients are served all the same, and what is published meanwhile waits within the bounds. A `client` is only copied: it is
 * neither used nor closed.
 * @throws `invalid_option` for an option that is malformed
 */
export const redisBus = (options: RedisBusOptions): Bus => {
  checkTarget(options)
  const { prefix, maxBuffered, maxBufferedBytes } = options
  if (prefix !== undefined && typeof prefix !== 'string') {
    throw codedError('invalid_option', `redisBus: expected the option "prefix" to be a text, got ${show(prefix)}.`)
  }
  for (const [name, value] of Object.entries({ maxBuffered, maxBufferedBytes })) {
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue
    const message = `redisBus: expected the option "${name}" to be a number, 0 or more, got ${show(value)}.`
    throw codedError('invalid_option', message)
  }
  return createRedisBus(createMake(options), createReason(options), options)
}
