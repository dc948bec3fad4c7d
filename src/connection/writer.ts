import { ownCopy, type Frame } from '../internal/bytes.js'
import { messageOf } from '../internal/errors.js'
import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { OPEN } from './attempt.js'
import type { Events } from './events.js'
import type { ConnectionHooks } from './hooks.js'
import type { SendResult, WebSocketLike } from './types.js'

/** How many ids are kept of sends that are not confirmed. Beyond that only their number is known. */
const MAX_IDS = 1_000

/**
 * The sends on one socket, and how many of them have arrived. `bufferedAmount` shows nothing of that: it is 0 once the operating system has the bytes.
 * The answer to a later question of a heartbeat proves it, because a WebSocket keeps the order. Without questions, a message of the peer counts as a sign.
 */
export interface UnconfirmedSends {
  /** The newest ids: a ring, in which the id of a send stands at its number modulo the length. */
  readonly ids: string[]
  /** The number of sends. */
  sent: number
  /** So many of them were sent when the last frame of the peer arrived. */
  cursor: number
  /** So many of them have arrived. */
  confirmed: number
  /** Whether only the answer to a question counts. */
  isProven: boolean
}

/** Writes frames to the socket of a connection that is ready. */
export interface Writer {
  /** What was passed to the socket. */
  readonly sends: UnconfirmedSends
  /** Sets the socket to write to; without one, nothing is written. */
  readonly use: (socket?: WebSocketLike) => void
  readonly socket: () => WebSocketLike | undefined
  /** Whether the socket takes frames. One that is closing discards them. */
  readonly isOpen: () => boolean
  /** Passes a frame to the socket. `undefined` when it takes none. */
  readonly write: (id: string, frame: Frame) => SendResult | undefined
}

/** What a send queue is created with. */
export interface QueueContext {
  readonly writer: Writer
  readonly events: Events
  readonly hooks: HookLists<ConnectionHooks>
  readonly taskQueue: TaskQueue
}

/** Passes a frame to a socket. `ws` compresses later, and would then read what the caller has put into the buffer meanwhile; a browser copies. */
export const sendFrame = (socket: WebSocketLike, frame: Frame): void =>
  socket.send(socket.terminate ? ownCopy(frame) : frame)

/** Creates the writer of one connection. */
export const createWriter = (hooks: HookLists<ConnectionHooks>, events: Events): Writer => {
  let socket: WebSocketLike | undefined
  const sends: UnconfirmedSends = { ids: [], sent: 0, cursor: 0, confirmed: 0, isProven: false }
  return {
    sends,
    use: (next) => {
      socket = next
    },
    socket: () => socket,
    isOpen: () => socket?.readyState === OPEN,
    write: (id, frame) => {
      if (socket?.readyState !== OPEN) return undefined
      try {
        sendFrame(socket, frame)
      } catch (error) {
        const said = messageOf(error)
        events.report({
          code: 'encode_failed',
          message: __DEV__ ? `The WebSocket threw when a message was passed to it: ${said}` : said,
        })
        return events.refuse('invalid', id)
      }
      sends.ids[sends.sent++ % MAX_IDS] = id
      hooks.lists.onSent?.forEach((onSent) => onSent(id, frame, socket!))
      return { id, delivery: 'sent' }
    },
  }
}
