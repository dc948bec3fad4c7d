import type { ReceiveOptions } from '../actions/listening.js'
import { codedError, show } from '../internal/errors.js'
import { createAsyncQueue, type AsyncQueue } from '../internal/asyncQueue.js'
import type { Phase } from '../connection/lifecycle.js'
import type { SocketEvents } from '../connection/types.js'
import type { Listeners } from './listeners.js'

/** The iterations over the messages of one connection. */
export interface Receivers {
  /** Begins one; `use` opens a lazy connection, and says whether it did. */
  readonly add: (rule: unknown, use: () => boolean, options?: ReceiveOptions) => AsyncIterableIterator<unknown>
  /** What happens to the connection ends them, or lets them wait. */
  readonly hear: <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => void
  /** Ends those that wait for a connection. */
  readonly endWaiting: () => void
  /** Ends all. */
  readonly end: () => void
}

/** One iteration; it is bound to the first socket that opens for it, for on another one messages may be missing. */
interface Receiver {
  readonly queue: AsyncQueue<unknown>
  isBound: boolean
  /** Whether the connection opens again for it once it has fallen asleep. */
  isAwaiting: boolean
}

const lost = () =>
  codedError(
    'connection_lost',
    __DEV__ ? 'The connection was lost while its messages were read. Begin again for the next one.' : '',
  )
const replaced = () =>
  codedError(
    'connection_replaced',
    __DEV__ ? 'Another connection took the place of the one whose messages were read.' : '',
  )
const failed = () =>
  codedError(
    'connection_lost',
    __DEV__ ? 'The connection has failed, so there is nothing to read. Dispatch socketConnect first.' : '',
  )

const checkedBound = ({ maxBuffered = 1_000 }: ReceiveOptions): number => {
  if (!__DEV__ || (typeof maxBuffered === 'number' && maxBuffered >= 0)) return maxBuffered
  throw codedError('invalid_option', `socketReceive: expected "maxBuffered" to be 0 or more, got ${show(maxBuffered)}.`)
}

/** Creates them on top of the listeners. `phase` is what the connection is doing. */
export const createReceivers = (
  listeners: Listeners,
  phase: () => Phase,
  inTurn: (task: () => void) => void,
): Receivers => {
  const receivers = new Set<Receiver>()
  const each = (act: (receiver: Receiver) => void) => {
    for (const receiver of receivers) act(receiver)
  }
  const endAll = (error?: Error) => each(({ queue }) => queue.end(error))
  const onEnd = (receiver: Receiver) => {
    if (!receiver.isAwaiting) receiver.queue.end()
    receiver.isAwaiting = false
  }
  const onClosed = (next: SocketEvents['closed']['next']) => {
    if (next === 'closed') each(onEnd)
    else if (next === 'connecting') endAll(replaced())
    else if (next === 'reconnecting') each(({ isBound, queue }) => isBound && queue.end(lost()))
  }
  return {
    add: (rule, use, options = {}) => {
      const bound = checkedBound(options)
      const overflow = () =>
        codedError(
          'receive_overflow',
          __DEV__ ? `More than ${bound} messages waited to be read ("maxBuffered"). Read faster, or allow more.` : '',
        )
      const stream = createAsyncQueue<unknown>({
        maxItems: bound,
        onOverflow: overflow,
        onEnd: () => {
          unsubscribe()
          receivers.delete(receiver)
        },
      })
      const receiver = { queue: stream, isBound: false, isAwaiting: false }
      const unsubscribe = listeners.add(rule, (message) => stream.push(message))
      const opens = use()
      // After what was asked for before it, which may be a connect.
      inTurn(() => {
        if (stream.hasEnded()) return
        receivers.add(receiver)
        receiver.isBound = phase() === 'open'
        receiver.isAwaiting = opens && phase() === 'closing'
        if (!receiver.isAwaiting && (phase() === 'closed' || phase() === 'closing')) stream.end()
        if (phase() === 'failed') stream.end(failed())
      })
      return stream.iterator
    },
    hear: (type, payload) => {
      if (!receivers.size) return
      if (type === 'opened') each((receiver) => (receiver.isBound = true))
      if (type === 'closed') onClosed((payload as SocketEvents['closed']).next)
      if (type === 'failed') {
        const { code, message } = payload as SocketEvents['failed']
        endAll(codedError(code, message))
      }
    },
    endWaiting: () => each(({ isBound, queue }) => isBound || queue.end()),
    end: () => endAll(),
  }
}
