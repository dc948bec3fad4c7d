import { createSendQueue, type QueueLimits } from '../connection/sendQueue.js'
import type { QueueOptions } from '../connection/types.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** The bounds of the queue: all defaults. */
export const withDefaults = ({
  maxMessages = 1_000,
  maxBytes = 1_048_576,
  ttl = Infinity,
  overflow = 'drop-newest',
  highWaterMark = 1_048_576,
}: QueueOptions): QueueLimits => ({
  maxMessages,
  maxBytes,
  ttl,
  overflow,
  highWaterMark,
})

/** Sends wait for the connection, and for a socket whose buffer is full. */
export const queueFeature: Feature<'queue'> = {
  options: ['queue'],
  order: order.queue,
  settings: ({ queue = {} }) => {
    if (!queue) return {}
    const queueLimits = withDefaults(queue)
    return { queueLimits, createSends: (context) => createSendQueue(context, queueLimits) }
  },
}
