import { createSendQueue, type QueueLimits } from '../connection/sendQueue.js'
import type { QueueOptions } from '../connection/types.js'
import { aCount } from '../internal/optionChecks.js'
import { anObjectOrFalse, checkGroup, checkMembers, milliseconds } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'

/** The bounds of a queue. With `false` nothing waits for a connection, but a frame may still wait while it is encoded asynchronously. */
export const toQueueLimits = (options: QueueOptions | false = {}): QueueLimits => {
  const {
    maxMessages = options ? 1_000 : 0,
    maxBytes = 1_048_576,
    ttl = Infinity,
    overflow = 'drop-newest',
    highWaterMark = 1_048_576,
  }: QueueOptions = options || {}
  return { maxMessages, maxBytes, ttl, overflow, highWaterMark }
}

const checkQueue = ({ queue }: SocketMiddlewareOptions): void => {
  checkMembers({ queue }, { queue: anObjectOrFalse })
  checkGroup('queue', queue, {
    maxMessages: aCount,
    maxBytes: aCount,
    ttl: milliseconds,
    highWaterMark: aCount,
    overflow: ["'drop-newest' or 'drop-oldest'", (value) => value === 'drop-newest' || value === 'drop-oldest'],
  })
}

/** Sends wait for the connection, and for a socket whose buffer is full. See docs/sending.md. */
export const queueFeature: Feature<'queue'> = {
  options: ['queue'],
  order: order.queue,
  check: __DEV__ ? checkQueue : undefined,
  settings: ({ queue }) =>
    queue === false ? {} : { createQueue: (context) => createSendQueue(context, toQueueLimits(queue)) },
}
