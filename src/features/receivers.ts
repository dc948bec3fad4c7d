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
  /** Ends the iterations of a socket that is gone. */
  readonly onEvent: (event: ConnectionEvent) => void
  /** Ends those that wait for a connection. */
  readonly endUnbound: () => void
  readonly endAll: () => void
}

/** One iteration. It belongs to the first socket that opens for it: on another one, messages may be missing. */
interface Receiver {
  readonly queue: AsyncQueue<unknown>
  isBound: boolean
  /** Whether the connection opens again for it once it is closed. */
  isAwaiting: boolean
}

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

/** Creates the iterations of one connection, on top of its listeners. */
export const createReceivers = (
  listeners: Listeners,
  phase: () => Phase,
  enqueue: (task: () => void) => void,
): Receivers => {
  const receivers = new Set<Receiver>()
  const forEach = (act: (receiver: Receiver) => void) => receivers.forEach(act)
  const endAll = (error?: Error) => forEach(({ queue }) => queue.end(error))
  const onClosed = (next: NextPhase) => {
    if (next === 'closed') {
      forEach((receiver) => {
        if (!receiver.isAwaiting) receiver.queue.end()
        receiver.isAwaiting = false
      })
    } else if (next === 'connecting') endAll(replaced())
    else if (next === 'reconnecting') forEach(({ isBound, queue }) => isBound && queue.end(lost()))
  }
  /** Puts an iteration into the state of the connection. */
  const start = (receiver: Receiver, opens: boolean) => {
    const { queue } = receiver
    if (queue.hasEnded()) return
    receivers.add(receiver)
    receiver.isBound = phase() === 'open'
    receiver.isAwaiting = opens && phase() === 'closing'
    if (!receiver.isAwaiting && (phase() === 'closed' || phase() === 'closing')) queue.end()
    if (phase() === 'failed') queue.end(failed())
  }
  return {
    add: (rule, use, { maxBuffered = 1_000 } = {}) => {
      if (__DEV__) checkBound(maxBuffered)
      const queue = createAsyncQueue<unknown>({
        maxItems: maxBuffered,
        onOverflow: () => overflow(maxBuffered),
        onEnd: () => {
          unsubscribe()
          receivers.delete(receiver)
        },
      })
      const receiver: Receiver = { queue, isBound: false, isAwaiting: false }
      const unsubscribe = listeners.add(rule, (message) => queue.push(message))
      const opens = use()
      // After what was dispatched before it, which may be a connect.
      enqueue(() => start(receiver, opens))
      return queue.iterator
    },
    onEvent: ({ type, payload }) => {
      if (!receivers.size) return
      if (type === 'opened') forEach((receiver) => (receiver.isBound = true))
      if (type === 'closed') onClosed(payload.next)
      if (type === 'failed') endAll(codedError(payload.code, payload.message))
    },
    endUnbound: () => forEach(({ isBound, queue }) => isBound || queue.end()),
    endAll: () => endAll(),
  }
}
