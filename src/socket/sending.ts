import type { Frame } from '../internal/bytes.js'
import { messageOf } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { createChanges } from './changes.js'
import { OPEN } from './native.js'
import { createOutbox } from './outbox.js'
import type { Delivery, DropReason, Outgoing, SocketConfig, WebSocketLike } from './types.js'

const sent: Delivery = { delivery: 'sent' }
const dropped = (reason: DropReason): Delivery => ({ delivery: 'dropped', reason })

/** The way out of one connection: to the socket, into the queue, or dropped and reported. */
export interface Sending {
  /** Sends or queues a message; `refusal` says why it may not even wait. */
  readonly send: (frame: Frame, options: Outgoing, refusal: DropReason | undefined) => Delivery
  /** Sends what waits, in order, for as long as the socket takes it. */
  readonly flush: () => void
  /** Drops what waits. */
  readonly clear: (reason: DropReason) => void
  /** Tells at once what would be told within a frame. */
  readonly tellChanges: () => void
}

/** Creates it. `ready` is the native socket once messages may go out. */
export const createSending = (
  { emit, queue }: Pick<SocketConfig, 'emit' | 'queue'>,
  turns: Turns,
  ready: () => WebSocketLike | undefined,
): Sending => {
  const changes = createChanges((patch) => turns.queue(() => emit('changed', patch)))
  const drop = (reason: DropReason, ids: readonly string[]) =>
    turns.queue(() => emit('dropped', { reason, ids, count: ids.length }))
  const outbox = createOutbox(queue, drop, (queued) => changes.note({ queued }))

  const refuse = (reason: DropReason, id: string) => {
    drop(reason, [id])
    return dropped(reason)
  }
  /** Hands a message to the socket, if there is one that takes it: a closing one discards what it is given. */
  const hand = (id: string, frame: Frame): Delivery | undefined => {
    const native = ready()
    if (native?.readyState !== OPEN) return undefined
    try {
      native.send(frame)
      return sent
    } catch (error) {
      const message = `The WebSocket refused a message: ${messageOf(error)}`
      turns.queue(() => emit('error', { code: 'encode_failed', message }))
      return refuse('invalid', id)
    }
  }

  return {
    send: (frame, { id, whenOffline, ttl }, refusal) => {
      const outcome = outbox.size() ? undefined : hand(id, frame)
      if (outcome) return outcome
      if (refusal) return refuse(refusal, id)
      const isOffline = ready()?.readyState !== OPEN
      if (isOffline && (whenOffline === 'drop' || !queue.maxMessages)) return refuse('offline', id)
      return outbox.push(id, frame, ttl)
    },
    flush: () => outbox.flush(hand),
    clear: (reason) => outbox.clear(reason),
    tellChanges: () => changes.flush(),
  }
}
