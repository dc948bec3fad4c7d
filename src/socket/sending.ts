import { byteLength, type Frame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import { messageOf } from '../internal/errors.js'
import { isPending, type Eventual } from '../internal/lane.js'
import type { Turns } from '../internal/turns.js'
import { createChanges } from './changes.js'
import { createLedger } from './ledger.js'
import { OPEN } from './native.js'
import { createOutbox } from './outbox.js'
import type { Delivery, DropReason, Outgoing, SocketConfig, SocketEvents, WebSocketLike } from './types.js'
import { createWorkshop } from './workshop.js'

const sent: Delivery = { delivery: 'sent' }
const dropped = (reason: DropReason): Delivery => ({ delivery: 'dropped', reason })

/** How often a socket with a backlog is looked at, in milliseconds. */
const LOOK_MS = 16

/** Bytes handed to a socket and not yet gone. */
const bufferedOf = (native: WebSocketLike | undefined): number => native?.bufferedAmount ?? 0

/** The way out of one connection: to the socket, into the queue, or dropped and reported. */
export interface Sending {
  /** Sends or queues a message, which may still be in the making; `refusal` says why it may not even wait. */
  readonly send: (frame: Eventual<Frame>, options: Outgoing, refusal: DropReason | undefined) => Delivery
  /** Takes back one that waits; those behind it may go. */
  readonly withdraw: (id: string) => boolean
  /** The ids of those that wait. */
  readonly waiting: () => readonly string[]
  /** Makes what waits anew, for a socket that speaks another codec. */
  readonly remake: () => void
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
  const noteSize = () => changes.note({ queued: size() })
  const outbox = createOutbox(queue, drop, noteSize)
  const workshop = createWorkshop(queue, turns, {
    deliver: (frame, options, expiresAt) => deliver(frame, options, expiresAt),
    drop,
    failed: (problem) => turns.queue(() => emit('error', problem)),
    changed: noteSize,
  })
  const size = () => outbox.size() + workshop.size()
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

  const isOffline = () => ready()?.readyState !== OPEN
  const mayWait = ({ whenOffline }: Outgoing) => whenOffline !== 'drop' && queue.maxMessages > 0
  const ttlOf = ({ ttl = queue.ttl }: Outgoing) => (ttl >= 0 ? ttl : queue.ttl)
  /** What cannot go out now waits, if it may. */
  const wait = (frame: Frame, options: Outgoing): Delivery => {
    if (isOffline() && !mayWait(options)) return refuse('offline', options.id)
    return outbox.push(options.id, frame, ttlOf(options), options.remake)
  }
  const deliver = (frame: Frame, options: Outgoing, expiresAt: number) => {
    const isSent = !outbox.size() && hand(options.id, frame)
    if (!isSent) wait(frame, { ...options, ttl: Math.max(0, expiresAt - now()) })
  }

  return {
    send: (frame, options, refusal) => {
      const isMade = !isPending(frame) && !workshop.size()
      const outcome = isMade && !outbox.size() ? hand(options.id, frame) : undefined
      if (outcome) return outcome
      if (refusal) return refuse(refusal, options.id)
      if (isMade) return wait(frame, options)
      if (isOffline() && !mayWait(options)) return refuse('offline', options.id)
      return workshop.take(frame, options, now() + ttlOf(options))
    },
    withdraw: (id) => workshop.withdraw(id) || outbox.withdraw(id),
    waiting: () => [...outbox.ids(), ...workshop.ids()],
    remake: () => workshop.remake(outbox.drain()),
    flush: () => outbox.flush(hand),
    clear: (reason) => {
      outbox.clear(reason)
      workshop.clear(reason)
    },
    size,
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
