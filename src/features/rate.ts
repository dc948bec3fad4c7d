import type { ConnectionSettings } from '../connection/core.js'
import { createSendQueue, flushEntries } from '../connection/sendQueue.js'
import type { WebSocketClass } from '../connection/types.js'
import { anObjectOrFalse, checkGroup, checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { awaitTurn, clearPacer, createPacer, isFree, paceSocket, type Pacer } from './pacer.js'
import { toQueueLimits } from './queue.js'

type CreateQueue = NonNullable<ConnectionSettings['createQueue']>

const checkRate = ({ rate }: SocketMiddlewareOptions): void => {
  checkMembers({ rate }, { rate: anObjectOrFalse })
  checkGroup('rate', rate, {
    perSecond: ['a finite number, more than 0', (value) => Number.isFinite(value) && (value as number) > 0],
    burst: ['a finite number, 1 or more', (value) => Number.isFinite(value) && (value as number) >= 1],
  })
  checkMembers(
    { rate },
    {
      rate: [
        'an object with "perSecond"',
        (value) => value === false || (isOptionsObject(value) && value['perSecond'] !== undefined),
      ],
    },
  )
}

/** A queue that writes only when a frame may go out at once: no send that waits counts as sent. */
const createPacedQueue =
  (pacer: Pacer, createQueue: CreateQueue): CreateQueue =>
  (context) => {
    const { hooks, taskQueue } = context
    const queue = createQueue(context)
    const isFull = queue.isCongested
    pacer.enqueue = taskQueue.enqueue
    pacer.onTurn = () => flushEntries(queue)
    // The peer cannot answer a question that has not gone out: the heartbeat must not count it as missed.
    pacer.onDrained = () => hooks.run('onDrained')
    hooks.attach(0, {
      isBusy: () => pacer.delayed.length > 0 || (queue.entries.size > 0 && !isFull()),
      onLinkEnd: () => clearPacer(pacer),
    })
    return Object.assign(queue, {
      isCongested: () => {
        if (isFull()) return true
        const mustWait = !isFree(pacer)
        if (mustWait) awaitTurn(pacer)
        return mustWait
      },
    })
  }

/** Carries out the option `rate`. See docs/features.md. */
export const rateFeature: Feature<'rate'> = {
  options: ['rate'],
  order: order.rate,
  check: __DEV__ ? checkRate : undefined,
  settings: ({ rate }, { createQueue, findClass }) => {
    if (!rate) return {}
    const { perSecond, burst = 1 } = rate
    const pacer = createPacer(perSecond, burst)
    return {
      findClass: () => {
        const Class = findClass()
        return function (url: string, protocols?: string | string[]) {
          return paceSocket(pacer, new Class(url, protocols))
        } as unknown as WebSocketClass
      },
      // Without a queue of another feature, sends wait for their turn only while the connection is open.
      createQueue: createPacedQueue(
        pacer,
        createQueue ?? ((context) => createSendQueue(context, toQueueLimits(false))),
      ),
    }
  },
}
