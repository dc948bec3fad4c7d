import type { ReceiveOptions } from '../actions/listening.js'
import type { ConnectionEvent } from '../connection/hooks.js'
import type { Phase } from '../connection/lifecycle.js'
import type { NextPhase } from '../connection/types.js'
import { createAsyncQueue, type AsyncQueue } from '../internal/asyncQueue.js'
import { codedError } from '../internal/errors.js'
import type { ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** Passes every value to `push`, from now on. Returns a function that stops it. */
export type Subscribe = (push: (value: unknown) => void) => () => void

/** The iterations over the messages of one connection. */
export interface Receivers {
  /** Starts an iteration over what `subscribe` passes on until it is unsubscribed. Opens a lazy connection. */
  readonly add: (subscribe: Subscribe, options?: ReceiveOptions) => AsyncIterableIterator<unknown>
}

type ReceiverEvent = ConnectionEvent | { readonly type: 'closing'; readonly payload?: undefined }

const overflow = (bound: number) =>
  codedError(
    'receive_overflow',
    __DEV__ ? `More than ${bound} messages waited to be read ("maxBuffered"). Read faster, or allow more.` : '',
  )

const ends = {
  lost: 'The connection was lost while its messages were read. Dispatch socketReceive() again for the next one.',
  replaced: 'Another connection replaced the one whose messages were read.',
  failed: 'The connection has failed, so there is nothing to read. Dispatch socketConnect() first.',
}

/** One iteration. It belongs to the first socket that opens for it: on another one, messages may be missing. */
const createReceiver = ({ end }: AsyncQueue<unknown>, phase: Phase, opens: boolean) => {
  let isBound = phase === 'open'
  // The connection opens again for it once it is closed.
  let isAwaiting = opens && phase === 'closing'
  const onClosed = (next: NextPhase) => {
    if (next === 'connecting') end(codedError('connection_replaced', __DEV__ ? ends.replaced : ''))
    if (next === 'reconnecting' && isBound) end(codedError('connection_lost', __DEV__ ? ends.lost : ''))
    if (next === 'closed') {
      if (!isAwaiting) end()
      isAwaiting = false
    }
  }
  if (phase === 'failed') end(codedError('connection_lost', __DEV__ ? ends.failed : ''))
  if (!isAwaiting && phase === 'closing') end()
  return ({ type, payload }: ReceiverEvent) => {
    if (type === 'opened') isBound = true
    if (type === 'closed') onClosed(payload.next)
    if (type === 'failed') end(codedError(payload.code, payload.message))
    if (type === 'closing' && !isBound) end()
  }
}

/** The iterations of one connection. */
export const receiversOf = ({ connection, hooks, isDisposed, taskQueue }: ConnectionContext): Receivers => {
  const receivers = new Map<AsyncQueue<unknown>, (event: ReceiverEvent) => void>()
  const notify = (event: ReceiverEvent) => receivers.forEach((receiver) => receiver(event))
  hooks.attach(order.carried, {
    onEvent: notify,
    onClosing: () => notify({ type: 'closing' }),
    onDispose: () => receivers.forEach((_, { end }) => end()),
  })
  return {
    add: (subscribe, { maxBuffered = 1_000 } = {}) => {
      const queue = createAsyncQueue<unknown>({
        maxItems: maxBuffered,
        onOverflow: () => overflow(maxBuffered),
        onEnd: () => {
          unsubscribe()
          receivers.delete(queue)
        },
      })
      const unsubscribe = subscribe((value) => queue.push(value))
      const opens = !isDisposed() && connection.use()
      // After what was dispatched before it, which may be a connect.
      taskQueue.enqueue(() => {
        const receiver = createReceiver(queue, connection.phase(), opens)
        if (isDisposed()) queue.end()
        if (!queue.hasEnded()) receivers.set(queue, receiver)
      })
      return queue.iterator
    },
  }
}
