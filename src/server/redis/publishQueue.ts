import { Buffer } from 'node:buffer'

/** The messages that wait for Redis, in order and within bounds. */
export interface PublishQueue {
  /** Adds a message. It is sent at once when that is possible. */
  readonly push: (topic: string, message: string) => void
  /** Sends the messages that wait, as far as possible. */
  readonly flush: () => void
  /** The connection is lost. The messages under way are dropped: sent again, they might arrive twice. */
  readonly onConnectionLost: () => void
  /** Resolves when no message waits or is under way, or the connection is lost. */
  readonly whenIdle: () => Promise<void>
}

/** What {@link createPublishQueue} needs. */
export interface PublishQueueConfig {
  readonly maxCount: number
  readonly maxBytes: number
  /** Whether `send` may be called. */
  readonly canSend: () => boolean
  readonly send: (topic: string, message: string) => Promise<unknown>
  /** Called when a message is dropped because the queue is full, until the queue is empty again. */
  readonly onOverflow: () => void
  /** Called when the queue is empty again, with the number of messages that were dropped. */
  readonly onOverflowEnd: (dropped: number) => void
  /** Called with the number of messages that were under way when the connection was lost. */
  readonly onLost: (count: number) => void
  /** Called when Redis refuses a message on a working connection. */
  readonly onRefused: (error: unknown) => void
}

interface QueuedMessage {
  readonly topic: string
  readonly message: string
  readonly bytes: number
}

interface QueueState {
  readonly config: PublishQueueConfig
  readonly waiting: QueuedMessage[]
  waitingBytes: number
  /** The messages under way on the current connection. */
  underWay: { count: number; bytes: number }
  /** The messages that were dropped since the queue was last empty. */
  dropped: number
  idleWaiters: (() => void)[]
}

const isIdle = ({ waiting, underWay }: QueueState): boolean => waiting.length === 0 && underWay.count === 0

const resolveIdleWaiters = (state: QueueState): void => {
  const { idleWaiters } = state
  state.idleWaiters = []
  for (const resolve of idleWaiters) resolve()
}

const drop = (state: QueueState): void => {
  if (++state.dropped === 1) state.config.onOverflow()
}

const sendMessage = (state: QueueState, { topic, message, bytes }: QueuedMessage): void => {
  const { config, underWay } = state
  underWay.count++
  underWay.bytes += bytes
  // `underWay` is replaced when the connection is lost: an answer that comes later does not count.
  const isCurrent = (): boolean => underWay === state.underWay
  const settle = (): void => {
    if (!isCurrent()) return
    underWay.count--
    underWay.bytes -= bytes
    flush(state)
    if (isIdle(state)) resolveIdleWaiters(state)
  }
  config.send(topic, message).then(settle, (error: unknown) => {
    if (isCurrent()) config.onRefused(error)
    settle()
  })
}

/** Whether a message may be under way beside those that are. A message larger than the bound may be alone. */
const fitsUnderWay = ({ config, underWay }: QueueState, { bytes }: QueuedMessage): boolean =>
  underWay.count === 0 || (underWay.count < config.maxCount && underWay.bytes + bytes <= config.maxBytes)

const flush = (state: QueueState): void => {
  const { config, waiting } = state
  while (config.canSend()) {
    const [next] = waiting
    if (!next || !fitsUnderWay(state, next)) break
    waiting.shift()
    state.waitingBytes -= next.bytes
    sendMessage(state, next)
  }
  if (waiting.length > 0 || state.dropped === 0 || !config.canSend()) return
  const { dropped } = state
  state.dropped = 0
  config.onOverflowEnd(dropped)
}

const push = (state: QueueState, topic: string, message: string): void => {
  const { config, waiting } = state
  const entry = { topic, message, bytes: Buffer.byteLength(message) }
  if (waiting.length === 0 && config.canSend() && fitsUnderWay(state, entry)) return sendMessage(state, entry)
  // It would not fit, even if all others were dropped.
  if (entry.bytes > config.maxBytes || config.maxCount === 0) return drop(state)
  waiting.push(entry)
  state.waitingBytes += entry.bytes
  while (waiting.length > config.maxCount || state.waitingBytes > config.maxBytes) {
    // The oldest is dropped, because the newest is the most useful to most receivers.
    state.waitingBytes -= waiting.shift()?.bytes ?? 0
    drop(state)
  }
}

/** Creates an empty queue. The bounds hold for the messages that wait and, separately, for those under way. */
export const createPublishQueue = (config: PublishQueueConfig): PublishQueue => {
  const state: QueueState = {
    config,
    waiting: [],
    waitingBytes: 0,
    underWay: { count: 0, bytes: 0 },
    dropped: 0,
    idleWaiters: [],
  }
  return {
    push: (topic, message) => push(state, topic, message),
    flush: () => flush(state),
    onConnectionLost: () => {
      const { count } = state.underWay
      state.underWay = { count: 0, bytes: 0 }
      if (count > 0) config.onLost(count)
      resolveIdleWaiters(state)
    },
    whenIdle: async () => {
      if (!isIdle(state)) await new Promise<void>((resolve) => state.idleWaiters.push(resolve))
    },
  }
}
