import { byteLength, type Frame } from '../internal/bytes.js'
import { after, type Cancel } from '../internal/clock.js'
import { messageOf } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { createChanges } from './changes.js'
import { createLedger } from './ledger.js'
import { OPEN } from './native.js'
import { createOutbox } from './outbox.js'
import type { Delivery, DropReason, Outgoing, SocketConfig, SocketEvents, WebSocketLike } from './types.js'

const sent: Delivery = { delivery: 'sent' }
const dropped = (reason: DropReason): Delivery => ({ delivery: 'dropped', reason })

/** How often a socket with a backlog is looked at, in milliseconds. */
const LOOK_MS = 16

/** Bytes handed to a socket and not yet gone. */
const bufferedOf = (native: WebSocketLike | undefined): number => native?.bufferedAmount ?? 0

/** The way out of one connection: to the socket, into the queue, or dropped and reported. */
export interface Sending {
  /** Sends or queues a message; `refusal` says why it may not even wait. */
  readonly send: (frame: Frame, options: Outgoing, refusal: DropReason | undefined) => Delivery
  /** Sends what waits, in order, for as long as the socket takes it. */
  readonly flush: () => void
  /** Drops what waits. */
  readonly clear: (reason: DropReason) => void
  /** How many sends wait. */
  readonly size: () => number
  /** The socket is gone: reports what was sent on it and is not proven to have arrived. */
  readonly lost: () => void
  /** The place in what has been sent, for `proven`. */
  readonly mark: () => number
  /** All that was sent up to `mark` has arrived. */
  readonly proven: (mark: number) => void
  /** Counters for the store, told at most once a frame. */
  readonly note: (change: SocketEvents['changed']) => void
  /** What was noted of a socket or a wait that is over is not told any more. */
  readonly forget: () => void
  /** Tells at once what would be told within a frame. */
  readonly tellChanges: () => void
}

/** Creates it. `ready` is the native socket once messages may go out; `drained` hears that some have. */
export const createSending = (
  { emit, queue, heartbeat }: Pick<SocketConfig, 'emit' | 'queue' | 'heartbeat'>,
  turns: Turns,
  ready: () => WebSocketLike | undefined,
  drained: () => void,
): Sending => {
  const changes = createChanges((patch) => turns.queue(() => emit('changed', patch)))
  const drop = (reason: DropReason, ids: readonly string[]) =>
    turns.queue(() => emit('dropped', { reason, ids, count: ids.length }))
  const outbox = createOutbox(queue, drop, (queued) => changes.note({ queued }))
  const ledger = createLedger((ids, count) =>
    turns.queue(() => emit('dropped', { reason: 'indeterminate', ids, count })),
  )
  const isProvable = heartbeat && heartbeat.message !== false
  let isCongested = false
  /** Bytes that waited at the last look, and bytes handed over since. */
  let stuck = 0
  let handed = 0
  let toldBuffered = 0
  let isLooking = false
  let stopLooking: Cancel = () => {}

  const lookLater = () => {
    isLooking = true
    stopLooking = after(LOOK_MS, () => turns.queue(look))
  }
  /** A WebSocket has no event for bytes that went out: while there are any, it is looked at. */
  const look = () => {
    const buffered = bufferedOf(ready())
    // What the system had refused for a whole look is going: the peer reads. A small send that it takes at once says nothing.
    if (stuck > 0 && buffered < stuck + handed) drained()
    if (isCongested && buffered <= queue.highWaterMark / 2) {
      isCongested = false
      changes.note({ congested: false })
      changes.flush()
      outbox.flush(hand)
    }
    const left = bufferedOf(ready())
    if (left !== toldBuffered) changes.note({ buffered: left })
    stuck = left
    handed = 0
    toldBuffered = left
    isLooking = left > 0
    if (isLooking) lookLater()
  }
  const observe = (native: WebSocketLike) => {
    const buffered = bufferedOf(native)
    if (buffered > 0 && !isLooking) lookLater()
    if (isCongested || buffered <= queue.highWaterMark) return
    isCongested = true
    changes.note({ congested: true })
    // At once, for who sends in a loop looks at it.
    changes.flush()
  }

  const refuse = (reason: DropReason, id: string) => {
    drop(reason, [id])
    return dropped(reason)
  }
  /** Hands a message to the socket, if there is one that takes it: a closing one discards what it is given. */
  const hand = (id: string, frame: Frame): Delivery | undefined => {
    const native = ready()
    if (native?.readyState !== OPEN || isCongested) return undefined
    try {
      native.send(frame)
      if (isLooking) handed += byteLength(frame)
      if (isProvable) ledger.sent(id)
      observe(native)
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
    size: () => outbox.size(),
    lost: () => {
      stopLooking()
      isLooking = false
      isCongested = false
      stuck = 0
      handed = 0
      toldBuffered = 0
      changes.forget()
      ledger.lost()
    },
    forget: () => changes.forget(),
    mark: () => ledger.mark(),
    proven: (mark) => ledger.proven(mark),
    note: (change) => changes.note(change),
    tellChanges: () => changes.flush(),
  }
}
