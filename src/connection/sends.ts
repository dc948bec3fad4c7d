import type { Frame } from '../internal/bytes.js'
import { messageOf } from '../internal/errors.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import type { MaybePromise } from '../internal/maybePromise.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Events } from './events.js'
import type { ConnectionHooks } from './hooks.js'
import { OPEN } from './attempt.js'
import type { Delivery, DropReason, SendOptions, WebSocketLike } from './types.js'

/** A send on its way to the socket. */
export interface Outgoing {
  readonly id: string
  readonly frame: MaybePromise<Frame>
  readonly whenOffline?: SendOptions['whenOffline'] | undefined
  readonly ttl?: number | undefined
  /** Makes the frame again, for a socket that speaks another codec. It may throw. */
  readonly encode?: (() => MaybePromise<Frame>) | undefined
}

/** Where sends go: to the socket at once, or through a queue. */
export interface Sends {
  readonly send: (outgoing: Outgoing) => Delivery
  /** Takes back a send that still waits, unreported. Whether it did. */
  readonly withdraw: (id: string) => boolean
  /** The ids of the sends that wait, the oldest first. */
  readonly ids: () => readonly string[]
  /** Writes what waits, for as long as the socket takes it. */
  readonly flush: () => void
  /** Drops what waits. */
  readonly clear: (reason: DropReason) => void
  /** Encodes what waits again. */
  readonly reencode: () => void
}

/** What a queue is made of. */
export interface SendsContext {
  readonly writer: Writer
  readonly events: Events
  readonly hooks: HookLists<ConnectionHooks>
  readonly taskQueue: TaskQueue
}

/** Writes frames to the socket of a connection that is ready. */
export type Writer = ReturnType<typeof createWriter>

/** Creates the writer of one connection. */
export const createWriter = (hooks: HookLists<ConnectionHooks>, events: Events) => {
  let socket: WebSocketLike | undefined
  return {
    /** Sets the socket to write to; `undefined` when there is none. */
    use: (next?: WebSocketLike) => {
      socket = next
    },
    socket: () => socket,
    /** A socket that is closing discards what it is given, so it does not count. */
    isOpen: () => socket?.readyState === OPEN,
    /** Hands a frame to the socket; `undefined` when there is none. */
    write: (id: string, frame: Frame): Delivery | undefined => {
      if (socket?.readyState !== OPEN) return undefined
      try {
        socket.send(frame)
      } catch (error) {
        const message = messageOf(error)
        events.report({
          code: 'encode_failed',
          message: __DEV__ ? `The WebSocket refused a message: ${message}` : message,
        })
        return events.refuse('invalid', id)
      }
      for (const { call } of hooks.lists.onSent ?? noHooks) call(id, frame, socket)
      return { delivery: 'sent' }
    },
  }
}

/** Sends without a queue: what cannot go out at once is dropped. */
export const createDirectSends = ({ writer, events }: SendsContext): Sends => ({
  send: ({ id, frame }) => writer.write(id, frame as Frame) ?? events.refuse('offline', id),
  withdraw: () => false,
  ids: () => [],
  flush: () => {},
  clear: () => {},
  reencode: () => {},
})
