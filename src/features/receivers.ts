import type { ReceiveOptions } from '../actions/listening.js'
import type { ConnectionEvent } from '../connection/hooks.js'
import type { Phase } from '../connection/lifecycle.js'
import type { NextPhase } from '../connection/types.js'
import { createAsyncQueue, type AsyncQueue } from '../internal/asyncQueue.js'
import { codedError, show } from '../internal/errors.js'
import type { Listeners } from './listeners.js'

/** The iterations over the messages of one connection. */
export interface Receivers {
  /** Starts an iteration. `use` opens a lazy connection and returns whether it did. */
  readonly add: (rule: unknown, use: () => boolean, options?: ReceiveOptions) => AsyncIterableIterator<unknown>
  /** Tells the iterations of an event, of a close command (`closing`), or of the end of the connection (`disposed`). */
  readonly notify: (event: ReceiverEvent) => void
}

type ReceiverEvent = ConnectionEvent | { readonly type: 'closing' | 'disposed'; readonly payload?: undefined }

const lost = () =>
  codedError(
    'connection_lost',
    __DEV__
      ? 'The connection was lost while its messages were read. Dispatch socketReceive() again for the next one.'
      : '',
  )
const replaced = () =>
  codedError('connection_replaced', __DEV__ ? 'Another connection replaced the one whose messages were read.' : '')
const failed = () =>
  codedError(
    'connection_lost',
    __DEV__ ? 'The connection has failed, so there is nothing to read. Dispatch socketConnect() first.' : '',
  )
const overflow = (bound: number) =>
  codedError(
    'receive_overflow',
    __DEV__ ? `More than ${bound} messages waited to be read ("maxBuffered"). Read faster, or allow more.` : '',
  )

const checkBound = (bound: unknown): void => {
  if (typeof bound === 'number' && bound >= 0) return
  throw codedError('invalid_option', `socketReceive: expected "maxBuffered" to be 0 or more, got ${show(bound)}.`)
}

/** One iteration. It belongs to the first socket that opens for it: on another one, messages may be missing. */
const createReceiver = (queue: AsyncQueue<unknown>, phase: Phase, opens: boolean) => {
  const { end } = queue
  let isBound = phase === 'open'
  // The connection opens again for it once it is closed.
  let isAwaiting = opens && phase === 'closing'
  const onClosed = (next: NextPhase) => {
    if (next === 'connecting') end(replaced())
    if (next === 'reconnecting' && isBound) end(lost())
    if (next !== 'closed') return
    if (!isAwaiting) end()
    isAwaiting = false
  }
  if (phase === 'failed') end(failed())
  if (!isAwaiting && (phase === 'closed' || phase === 'closing')) end()
  return ({ type, payload }: ReceiverEvent) => {
    if (type === 'opened') isBound = true
    if (type === 'closed') onClosed(payload.next)
    if (type === 'failed') end(codedError(payload.code, payload.message))
    if (type === 'disposed' || (type === 'closing' && !isBound)) end()
  }
}

/** Creates the iterations of one connection, on top of its listeners. */
export const createReceivers = (
  listeners: Listeners,
  phase: () => Phase,
  enqueue: (task: () => void) => void,
): Receivers => {
  const receivers = new Map<AsyncQueue<unknown>, (event: ReceiverEvent) => void>()
  return {
    add: (rule, use, { maxBuffered = 1_000 } = {}) => {
      if (__DEV__) checkBound(maxBuffered)
      const queue = createAsyncQueue<unknown>({
        maxItems: maxBuffered,
        onOverflow: () => overflow(maxBuffered),
        onEnd: () => {
          unsubscribe()
          receivers.delete(queue)
        },
      })
      const unsubscribe = listeners.add(rule, (message) => queue.push(message))
      const opens = use()
      // After what was dispatched before it, which may be a connect.
      enqueue(() => {
        const receiver = createReceiver(queue, phase(), opens)
        if (!queue.hasEnded()) receivers.set(queue, receiver)
      })
      return queue.iterator
    },
    notify: (event) => receivers.forEach((receiver) => receiver(event)),
  }
}
