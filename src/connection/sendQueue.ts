import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import { createBackpressure } from './backpressure.js'
import type { DropReason, QueueOptions, SendOptions, SendResult } from './types.js'
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
  expiresAt: number
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

/** What async features add: encodes the frame of an entry. */
export type EncodeEntry = (queue: SendQueue, entry: Entry, encoding: PromiseLike<Frame>) => void

/** The send queue of one connection. */
export interface SendQueue {
  readonly context: QueueContext
  readonly limits: QueueLimits
  /** What waits, the oldest first. */
  readonly entries: Set<Entry>
  /** The bytes of all entries. */
  bytes: number
  readonly isCongested: () => boolean
  /** Passes a frame to the socket, unless sends wait, the buffer is full or the socket is not open; then `undefined`. */
  readonly write: (id: string, frame: Frame) => SendResult | undefined
  /** Lets a send wait, or drops it. */
  readonly send: (outgoing: Outgoing) => SendResult
  /** Drops what has expired and writes the rest, for as long as the socket takes it. */
  readonly flush: () => void
  /** Drops everything. */
  readonly clear: (reason: DropReason) => void
  /** Whether it goes on in a later turn of the event loop. */
  isPaused: boolean
}

/** Entries that may wait for their frame while the socket is open and `maxMessages` is 0. */
const MAX_ENCODING = 1_000

/** Entries that are written in one turn of the event loop: a page paints and takes input between them. */
const SLICE = 1_000

const remove = (queue: SendQueue, entry: Entry): void => {
  queue.entries.delete(entry)
  queue.bytes -= entry.bytes
  entry.cancelExpiry?.()
  queue.context.events.note({ queued: queue.entries.size })
}

/** Drops the entries that `matches` selects. */
export const dropEntries = (queue: SendQueue, matches: (entry: Entry) => boolean, reason: DropReason): void => {
  const dropped = [...queue.entries].filter(matches)
  for (const entry of dropped) remove(queue, entry)
  queue.context.events.drop(
    reason,
    dropped.map(({ id }) => id),
  )
}

/** Puts sends in front of what waits. They have been accepted once: the bounds of the queue do not apply to them. */
export const putInFront = ({ context, entries }: SendQueue, front: readonly Entry[]): void => {
  const waiting = [...entries]
  entries.clear()
  for (const entry of [...front, ...waiting]) entries.add(entry)
  context.events.note({ queued: entries.size })
}

const write = ({ context, isCongested }: SendQueue, id: string, frame: Frame): SendResult | undefined =>
  isCongested() ? undefined : context.writer.write(id, frame)

/** Writes from the front, up to the first entry that is still being encoded. After `SLICE` entries it lets the event loop run. */
export const flushEntries = (queue: SendQueue): void => {
  let left = SLICE
  for (const entry of queue.entries) {
    if (queue.isPaused || entry.encoded === undefined || !write(queue, entry.id, entry.encoded)) return
    remove(queue, entry)
    if (--left) continue
    queue.isPaused = true
    after(0, () => {
      queue.isPaused = false
      queue.context.taskQueue.enqueue(flushEntries, queue)
    })
  }
}

/** Whether what waits is within the bounds; `drop-oldest` drops other entries than `newest` for that. */
export const keepWithinBounds = (queue: SendQueue, newest: Entry): boolean => {
  const { entries, limits } = queue
  const evicted: string[] = []
  for (const entry of entries) {
    if (entries.size <= (limits.maxMessages || MAX_ENCODING) && queue.bytes <= limits.maxBytes) break
    if (limits.overflow === 'drop-newest') return false
    if (entry === newest) continue
    evicted.push(entry.id)
    remove(queue, entry)
  }
  queue.context.events.drop('overflow', evicted)
  return true
}

/** Lets a send wait, or drops it. */
const send = (queue: SendQueue, outgoing: Outgoing, encode?: EncodeEntry): SendResult => {
  const { context, entries, limits } = queue
  const { events, taskQueue, writer } = context
  const { frame, id, ttl = limits.ttl, whenOffline } = outgoing
  if (!writer.isOpen() && (!limits.maxMessages || whenOffline === 'drop')) return events.refuse('offline', id)
  const encoded = isPromiseLike(frame) ? undefined : ownCopy(frame)
  const bytes = byteLength(encoded ?? '')
  if (bytes > limits.maxBytes) return events.refuse('too_large', id)
  const entry: Entry = { ...outgoing, encoded, bytes, expiresAt: now() + (ttl >= 0 ? ttl : limits.ttl) }
  entries.add(entry)
  queue.bytes += bytes
  if (!keepWithinBounds(queue, entry)) {
    remove(queue, entry)
    return events.refuse('overflow', id)
  }
  events.note({ queued: entries.size })
  entry.cancelExpiry = after(
    entry.expiresAt - now(),
    () => {
      // The clock may have been set back meanwhile.
      entry.expiresAt = 0
      taskQueue.enqueue(queue.flush)
    },
    true,
  )
  // An entry that was dropped for this one may have held up the others.
  flushEntries(queue)
  if (isPromiseLike(frame)) encode?.(queue, entry, frame)
  return { id, delivery: 'queued' }
}

/** Removes a send that still waits; no drop is reported. Returns whether it waited. */
export const withdraw = (queue: SendQueue | undefined, id: string): boolean => {
  const found = [...(queue?.entries ?? [])].find((entry) => entry.id === id)
  if (!queue || !found) return false
  remove(queue, found)
  flushEntries(queue)
  return true
}

/** Creates the send queue of one connection. `encode` comes with the async features. */
export const createSendQueue = (context: QueueContext, limits: QueueLimits, encode?: EncodeEntry): SendQueue => {
  const queue: SendQueue = {
    context,
    limits,
    entries: new Set(),
    bytes: 0,
    isCongested: createBackpressure(limits.highWaterMark, context, () => flushEntries(queue)),
    write: (id, frame) => (queue.entries.size ? undefined : write(queue, id, frame)),
    send: (outgoing) => send(queue, outgoing, encode),
    flush: () => {
      dropEntries(queue, ({ expiresAt }) => expiresAt <= now(), 'expired')
      flushEntries(queue)
    },
    clear: (reason) => dropEntries(queue, () => true, reason),
    isPaused: false,
  }
  context.hooks.attach(0, {
    // They would otherwise wait for the next socket.
    onLost: () => dropEntries(queue, ({ whenOffline }) => !limits.maxMessages || whenOffline === 'drop', 'offline'),
  })
  return queue
}
