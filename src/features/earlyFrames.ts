import { closeWithout } from '../connection/closeInfo.js'
import type { Link } from '../connection/hooks.js'
import { createAsyncQueue, type AsyncQueue } from '../internal/asyncQueue.js'
import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { codedError, problemOf } from '../internal/errors.js'
import type { ConnectionContext } from '../middleware/feature.js'
import { isWithinSizeLimit } from '../middleware/inbound.js'
import * as order from '../middleware/order.js'

/** Frames that a handshake may leave unread, and their bytes; a single frame may have more. */
const MAX_UNREAD = 1_000
const MAX_UNREAD_BYTES = 8_388_608

/** Reads the frames that arrive before the connection is ready. */
export interface EarlyFrames {
  /**
   * The next frame. Rejects with `connection_lost` when the link ends first, with `handshake_over` once the connection is ready, and with the reason of
   * `signal` when that is aborted first: the frame then stays unread.
   */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<ReceivedFrame>
}

const overflow = (): Error =>
  codedError(
    'handshake_failed',
    __DEV__
      ? `The handshake left more than ${MAX_UNREAD} messages, or more than ${MAX_UNREAD_BYTES} bytes, unread.`
      : '',
  )

const createFrames = () =>
  createAsyncQueue<ReceivedFrame>({ maxItems: MAX_UNREAD, maxBytes: MAX_UNREAD_BYTES, onOverflow: overflow })

/** Holds the frames that arrive before the connection is ready. The steps read them; what they leave is delivered afterwards. */
export const earlyFrames = (context: ConnectionContext): EarlyFrames => {
  const { connection, hooks } = context
  let frames: AsyncQueue<ReceivedFrame> = createFrames()
  let over: Error | undefined
  let link: Link | undefined
  let unread: ReceivedFrame[] = []

  const end = (reason: Error) => {
    link = undefined
    over = reason
    frames.end()
  }
  hooks.attach(order.early, {
    onSocketOpen: (opened) => {
      link = opened
      frames = createFrames()
    },
    onFrame: (frame) => {
      if (!link) return false
      if (isWithinSizeLimit(context, frame) && !frames.push(frame, byteLength(frame))) {
        link.lose({ problem: problemOf(overflow(), ''), close: closeWithout('abandoned') })
      }
      return true
    },
    onEvent: ({ type }) => {
      if (type !== 'opened' || !link) return
      // Before the store gets the event: from now on no step may take a frame.
      unread = frames.drain()
      end(
        codedError('handshake_over', __DEV__ ? 'The handshake is over: messages that arrive now go to the store.' : ''),
      )
    },
    onReady: () => {
      for (const frame of unread.splice(0)) connection.deliver(frame)
    },
    onLinkEnd: () => {
      if (link) end(codedError('connection_lost', __DEV__ ? 'The socket was closed during the handshake.' : ''))
      unread = []
    },
  })
  return {
    receive: async ({ signal } = {}) => {
      const result = await frames.next(signal)
      if (result.done) throw over!
      return result.value
    },
  }
}
