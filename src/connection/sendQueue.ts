import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import { createBackpressure } from './backpressure.js'
import type { Delivery, DropReason, QueueOptions, SendOptions } from './types.js'
import type { QueueContext } from './writer.js'

// One queue, first in, first out, with one bound and one expiry over everything that waits: for the socket, for room in the socket's buffer, or for
// a frame that is still being encoded.

/** A send on its way to the socket. */
export interface Outgoing {
  readonly id: string
  readonly frame: MaybePromise<Frame>
  readonly whenOffline?: SendOptions['whenOffline'] | undefined
  readonly ttl?: number | undefined
  /** Encodes the value again, for a socket with another codec. It may throw. */
  readonly encode?: (() => MaybePromise<Frame>) | undefined
}

/** A send that waits. */
export interface Entry extends Outgoing {
  readonly expiresAt: number
  /** `undefined` while it is being encoded. */
  encoded: Frame | undefined
  /** 0 while it is being encoded. */
  bytes: number
  /** The encoding under way. A later one replaces it. */
  encoding?: PromiseLike<Frame> | undefined
  cancelExpiry?: Cancel
}

/** The bounds of a queue, with every default filled in. */
export type QueueLimits = Required<QueueOptions>

/** What async features add: entries whose frame is still being encoded. */
export interface Encodings {
  readonly encode: (queue: Queue, entry: Entry, encoding: PromiseLike<Frame>) => void
  readonly reencode: (queue: Queue) => void
}

/** The send queue of one connection. */
export interface SendQueue {
  /** Passes a frame to the socket, unless sends wait, the buffer is full or the socket is not open; then `undefined`. */
  readonly write: (id: string, frame: Frame) => Delivery | undefined
  /** Lets a send wait, or drops it. */
  readonly send: (outgoing: Outgoing) => Delivery
  /** Removes a send that still waits; no drop is reported. Returns whether it waited. */
  readonly withdraw: (id: string) => boolean
  /** The ids of the sends that wait, the oldest first. */
  readonly ids: () => readonly string[]
  /** Drops what has expired and writes the rest, for as long as the socket takes it. */
  readonly flush: () => void
  /** Drops everything. */
  readonly clear: (reason: DropReason) => void
  /** Encodes everything again. */
  readonly reencode: () => void
}

/** The state of one queue. */
export interface Queue {
  readonly context: QueueContext
  readonly limits: QueueLimits
  /** The oldest first. */
  readonly entries: Set<Entry>
  bytes: number
  readonly isCongested: () => boolean
}

/** Entries that may wait for their frame while the socket is open and `maxMessages` is 0. */
const MAX_ENCODING = 1_000

const remove = (queue: Queue, entry: Entry): void => {
  queue.entries.delete(entry)
  queue.bytes -= entry.bytes
  entry.cancelExpiry?.()
  queue.context.events.note({ queued: queue.entries.size })
}

/** Drops the entries that `matches` selects. */
export const dropEntries = (queue: Queue, matches: (entry: Entry) => boolean, reason: DropReason): void => {
  const dropped = Array.from(queue.entries).filter(matches)
  for (const entry of dropped) remove(queue, entry)
  queue.context.events.drop(
    reason,
    dropped.map(({ id }) => id),
  )
}

const write = ({ context, isCongested }: Queue, id: string, frame: Frame): Delivery | undefined =>
  isCongested() ? undefined : context.writer.write(id, frame)

/** Writes from the front, up to the first entry that is still being encoded. */
export const flushEntries = (queue: Queue): void => {
  for (const entry of queue.entries) {
    if (entry.encoded === undefined || !write(queue, entry.id, entry.encoded)) return
    remove(queue, entry)
  }
}

/** Drops what has expired, then writes. */
const flush = (queue: Queue): void => {
  const time = now()
  dropEntries(queue, ({ expiresAt }) => expiresAt <= time, 'expired')
  flushEntries(queue)
}

/** Whether `entry` fits into the bounds; `drop-oldest` drops older entries to make room. */
export const makeRoomFor = (queue: Queue, entry: Entry): boolean => {
  const { entries, limits } = queue
  const max = limits.maxMessages || MAX_ENCODING
  const isIn = entries.has(entry)
  let count = entries.size - Number(isIn)
  let bytes = queue.bytes + (isIn ? 0 : entry.bytes)
  const evicted = new Set<Entry>()
  for (const other of entries) {
    if (count < max && bytes <= limits.maxBytes) break
    if (limits.overflow === 'drop-newest') return false
    if (other === entry) continue
    evicted.add(other)
    count--
    bytes -= other.bytes
  }
  if (evicted.size) dropEntries(queue, (other) => evicted.has(other), 'overflow')
  return true
}

/** Lets a send wait. Returns why it may not. */
const wait = (queue: Queue, outgoing: Outgoing): Entry | DropReason => {
  const { context, entries, limits } = queue
  const { frame, ttl = limits.ttl, whenOffline } = outgoing
  if (!context.writer.isOpen() && (!limits.maxMessages || whenOffline === 'drop')) return 'offline'
  const encoded = isPromiseLike(frame) ? undefined : ownCopy(frame)
  const bytes = encoded === undefined ? 0 : byteLength(encoded)
  const entry: Entry = { ...outgoing, encoded, bytes, expiresAt: now() + (ttl >= 0 ? ttl : limits.ttl) }
  if (bytes > limits.maxBytes) return 'too_large'
  if (!makeRoomFor(queue, entry)) return 'overflow'
  entries.add(entry)
  queue.bytes += bytes
  context.events.note({ queued: entries.size })
  entry.cancelExpiry = after(entry.expiresAt - now(), () => context.taskQueue.enqueue(() => flush(queue)))
  // An entry that was dropped for this one may have held up the others.
  flushEntries(queue)
  return entry
}

const send = (queue: Queue, outgoing: Outgoing, encodings: Encodings | undefined): Delivery => {
  const { frame, id } = outgoing
  const entry = wait(queue, outgoing)
  if (typeof entry === 'string') return queue.context.events.refuse(entry, id)
  if (isPromiseLike(frame)) encodings?.encode(queue, entry, frame)
  return { delivery: 'queued' }
}

/** Creates the send queue of one connection. `encodings` comes with the async features. */
export const createSendQueue = (context: QueueContext, limits: QueueLimits, encodings?: Encodings): SendQueue => {
  const queue: Queue = {
    context,
    limits,
    entries: new Set(),
    bytes: 0,
    isCongested: createBackpressure(limits.highWaterMark, context, () => flushEntries(queue)),
  }
  context.hooks.attach(0, {
    // They would otherwise wait for the next socket.
    onLost: () => dropEntries(queue, ({ whenOffline }) => !limits.maxMessages || whenOffline === 'drop', 'offline'),
  })
  return {
    write: (id, frame) => (queue.entries.size ? undefined : write(queue, id, frame)),
    send: (outgoing) => send(queue, outgoing, encodings),
    withdraw: (id) => {
      const found = Array.from(queue.entries).find((entry) => entry.id === id)
      if (found) remove(queue, found)
      flushEntries(queue)
      return found !== undefined
    },
    ids: () => Array.from(queue.entries, ({ id }) => id),
    flush: () => flush(queue),
    clear: (reason) => dropEntries(queue, () => true, reason),
    reencode: () => encodings?.reencode(queue),
  }
}
