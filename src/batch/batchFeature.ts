import { after, FRAME_MS, now, type Cancel } from '../internal/clock.js'
import { createHookLists } from '../internal/hookLists.js'
import { aFunction, type Check } from '../internal/optionChecks.js'
import { anObject, checkGroup, checkMembers } from '../middleware/checkOptions.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import { isActionLike, toMatcher } from '../middleware/match.js'
import type { MappedActions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { createRouter } from '../middleware/router.js'

/** The longest time that a message may wait, in milliseconds. */
const MAX_WITHIN_MS = 1_000

/** Batched messages have no frame of their own. Errors then carry no excerpt. */
const noFrame = new ArrayBuffer(0)

type Messages = readonly unknown[]
type ToActions = (messages: Messages) => MappedActions

/** Creates the function that passes messages to the store in their order: each accepted one as its own action, the others between them as one batch. */
const createDelivery = (context: FeatureContext): ((messages: Messages) => void) => {
  const { accept, toActions, ...options } = context.options
  const { guard } = context
  const accepts = toMatcher(accept, 'accept')
  // The messages have passed the hooks of the connection, and are plain data.
  const routed: FeatureContext = {
    ...context,
    hooks: createHookLists<FeatureHooks>(),
    pipeline: { ...context.pipeline, toPlain: (value) => value },
  }
  const deliverOne = createRouter({ ...routed, options: { ...options, ...(accept && { accept }) } })
  const deliverEach = (messages: Messages) => messages.forEach((message) => deliverOne(message, noFrame))
  if (!toActions) return deliverEach

  let isMapped = false
  const mapBatch: ToActions = (messages) => {
    const mapped = guard('toActions', () => (toActions as unknown as ToActions)(messages))
    isMapped = !!mapped
    return mapped || []
  }
  const deliverMapped = createRouter({ ...routed, options: { ...options, toActions: mapBatch as never } })
  const deliverBatch = (messages: Messages) => {
    if (!messages.length) return
    deliverMapped(messages, noFrame)
    // Each one stays a `socketMessage`.
    if (!isMapped) deliverEach(messages)
  }
  if (!accepts) return deliverBatch

  return (messages) => {
    let batch: unknown[] = []
    for (const message of messages) {
      if (isActionLike(message) && guard('accept', () => accepts(message))) {
        deliverBatch(batch)
        batch = []
        deliverOne(message, noFrame)
      } else batch.push(message)
    }
    deliverBatch(batch)
  }
}

const createBatchHooks = (context: FeatureContext): FeatureHooks => {
  const { guard, options, taskQueue } = context
  const { within = FRAME_MS, key } = options.batch ?? {}
  const deliver = createDelivery(context)
  /** The messages that wait, in the order of their arrival. A message without a key has an object of its own as its key. */
  const waiting = new Map<unknown, unknown>()
  let dueAt = 0
  let cancel: Cancel = () => {}
  const flush = () => {
    cancel()
    const messages = [...waiting.values()]
    waiting.clear()
    if (messages.length) deliver(messages)
  }
  return {
    onMessage: (message) => {
      if (!waiting.size) {
        dueAt = now() + within
        cancel = after(within, () => taskQueue.enqueue(flush))
      }
      const found = (key && guard('batch.key', () => key(message as never))) ?? {}
      // Deleted first: an entry that is replaced would keep its place before messages that are older.
      waiting.delete(found)
      waiting.set(found, message)
      // While messages keep the page busy, its timers come late.
      if (now() >= dueAt) flush()
      return true
    },
    onClosing: flush,
    onEvent: ({ type }) => {
      if (type === 'closed') flush()
    },
    onDispose: () => cancel(),
  }
}

const aWindow: Check = [
  `a number of milliseconds from 1 to ${MAX_WITHIN_MS}`,
  (value) => typeof value === 'number' && value >= 1 && value <= MAX_WITHIN_MS,
]

/** Passes the messages of one frame of the screen to the store together. `toActions` then gets an array. See docs/high-rates.md. */
export const batchFeature: Feature<'batch'> = {
  options: ['batch'],
  order: order.batch,
  check: __DEV__
    ? ({ batch }) => {
        checkMembers({ batch }, { batch: anObject })
        checkGroup('batch', batch, { within: aWindow, key: aFunction })
      }
    : undefined,
  create: createBatchHooks,
}
