import { codedError } from '../../internal/errors.js'

/** The messages that wait for Redis, in order. None is dropped while Redis is there. */
export interface PublishQueue {
  /**
   * Adds a message of so many bytes, and what sends it. It is sent at once when that is possible. Resolves with what `send` resolves with: Redis has accepted
   * it. Rejects with `bus_dropped` when it is dropped, and with `bus_failed` when Redis refuses it.
   */
  readonly push: <Result>(bytes: number, send: () => Promise<Result>) => Promise<Result>
  /** Sends the messages that wait, as far as possible. */
  readonly flush: () => void
  /** The connection is lost. The messages under way are dropped: sent again, they might arrive twice. */
  readonly onConnectionLost: () => void
  /** Resolves when no message waits or is under way, or the connection is lost. */
  readonly whenIdle: () => Promise<void>
}

/** What {@link createPublishQueue} needs. */
export interface PublishQueueConfig {
  /** How much waits in an outage, and how much may be under way at a time. */
  readonly maxCount: number
  readonly maxBytes: number
  /** Whether messages may be sent. */
  readonly canSend: () => boolean
  /** Called when a message is dropped because the queue is full, until the queue is empty again. */
  readonly onOverflow: () => void
  /** Called when the queue is empty again, with the number of messages that were dropped. */
  readonly onOverflowEnd: (dropped: number) => void
  /** Called with the number of messages that were under way when the connection was lost. */
  readonly onLost: (count: number) => void
  /** Called when Redis refuses a message on a working connection. Returns the error for the caller of `push`. */
  readonly onRefused: (error: unknown) => Error
}

interface QueuedMessage {
  readonly bytes: number
  readonly send: () => Promise<unknown>
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

interface QueueState {
  readonly config: PublishQueueConfig
  /** The oldest first; a message leaves it in constant time. */
  readonly waiting: Set<QueuedMessage>
  waitingBytes: number
  /** The messages under way on the current connection. */
  underWay: { readonly messages: Set<QueuedMessage>; bytes: number }
  /** The messages that were dropped since the queue was last empty. */
  dropped: number
  idleWaiters: (() => void)[]
}

const isIdle = ({ waiting, underWay }: QueueState): boolean => waiting.size === 0 && underWay.messages.size === 0

const resolveIdleWaiters = (state: QueueState): void => {
  const { idleWaiters } = state
  state.idleWaiters = []
  for (const resolve of idleWaiters) resolve()
}

const lostError = (): Error =>
  codedError(
    'bus_dropped',
    'The connection to Redis was lost while the message was under way: it may not have arrived.',
  )

const drop = (state: QueueState, { reject }: QueuedMessage): void => {
  if (++state.dropped === 1) state.config.onOverflow()
  reject(codedError('bus_dropped', 'Too much waits for Redis: the message does not reach the other nodes.'))
}

const sendMessage = (state: QueueState, queued: QueuedMessage): void => {
  const { config, underWay } = state
  const { bytes, send, resolve, reject } = queued
  underWay.messages.add(queued)
  underWay.bytes += bytes
  // `underWay` is replaced when the connection is lost: an answer that comes later does not count.
  const isCurrent = (): boolean => underWay === state.underWay
  const settle = (): void => {
    if (!isCurrent()) return
    underWay.messages.delete(queued)
    underWay.bytes -= bytes
    flush(state)
    if (isIdle(state)) resolveIdleWaiters(state)
  }
  send().then(
    (result) => {
      resolve(result as never)
      settle()
    },
    (error: unknown) => {
      reject(isCurrent() ? config.onRefused(error) : lostError())
      settle()
    },
  )
}

/** Whether a message may be under way beside those that are. A message larger than the bound may be alone. */
const fitsUnderWay = ({ config, underWay }: QueueState, { bytes }: QueuedMessage): boolean =>
  underWay.messages.size === 0 ||
  (underWay.messages.size < config.maxCount && underWay.bytes + bytes <= config.maxBytes)

const takeOldest = (state: QueueState): QueuedMessage | undefined => {
  const [oldest] = state.waiting
  if (!oldest) return undefined
  state.waiting.delete(oldest)
  state.waitingBytes -= oldest.bytes
  return oldest
}

const flush = (state: QueueState): void => {
  const { config, waiting } = state
  while (config.canSend()) {
    const [next] = waiting
    if (!next || !fitsUnderWay(state, next)) break
    takeOldest(state)
    sendMessage(state, next)
  }
  if (waiting.size > 0 || state.dropped === 0 || !config.canSend()) return
  const { dropped } = state
  state.dropped = 0
  config.onOverflowEnd(dropped)
}

/** Drops the oldest above the bounds, because the newest is the most useful to most receivers. */
const keepWithinBounds = (state: QueueState): void => {
  const { config, waiting } = state
  for (const queued of waiting) {
    if (waiting.size <= config.maxCount && state.waitingBytes <= config.maxBytes) return
    waiting.delete(queued)
    state.waitingBytes -= queued.bytes
    drop(state, queued)
  }
}

const enqueue = (state: QueueState, queued: QueuedMessage): void => {
  const { config, waiting } = state
  if (waiting.size === 0 && config.canSend() && fitsUnderWay(state, queued)) return sendMessage(state, queued)
  // It would not fit, even if all others were dropped.
  if (!config.canSend() && queued.bytes > config.maxBytes) return drop(state, queued)
  waiting.add(queued)
  state.waitingBytes += queued.bytes
  if (!config.canSend()) keepWithinBounds(state)
}

const push = <Result>(state: QueueState, bytes: number, send: () => Promise<Result>): Promise<Result> => {
  const pushed = new Promise<Result>((resolve, reject) => enqueue(state, { bytes, send, resolve, reject }))
  // What is dropped is reported, also when nobody awaits it.
  pushed.catch(() => {})
  return pushed
}

/** Creates an empty queue. The bounds hold for the messages that wait in an outage and, separately, for those under way. */
export const createPublishQueue = (config: PublishQueueConfig): PublishQueue => {
  const state: QueueState = {
    config,
    waiting: new Set(),
    waitingBytes: 0,
    underWay: { messages: new Set(), bytes: 0 },
    dropped: 0,
    idleWaiters: [],
  }
  return {
    push: (bytes, send) => push(state, bytes, send),
    flush: () => flush(state),
    onConnectionLost: () => {
      const { messages } = state.underWay
      state.underWay = { messages: new Set(), bytes: 0 }
      if (messages.size > 0) config.onLost(messages.size)
      for (const { reject } of messages) reject(lostError())
      keepWithinBounds(state)
      resolveIdleWaiters(state)
    },
    whenIdle: async () => {
      if (!isIdle(state)) await new Promise<void>((resolve) => state.idleWaiters.push(resolve))
    },
  }
}
