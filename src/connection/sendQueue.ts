import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import { createBackpressure } from './backpressure.js'
import { createExpiry } from './expiry.js'
import type { Outgoing, Sends, SendsContext } from './sends.js'
import type { DropReason, QueueOptions } from './types.js'

/** Sends that may wait for their frame while the socket is open and `maxMessages` is 0. */
const MAX_ENCODING = 1_000

/** A send that waits for the socket, for its own frame, or for the frame of a send before it. */
export interface Entry extends Outgoing {
  readonly expiresAt: number
  /** `undefined` while it is being encoded. */
  made: Frame | undefined
  /** 0 while it is being encoded. */
  bytes: number
  /** The encoding under way; a later one replaces it. */
  encoding?: PromiseLike<Frame> | undefined
}

/** The bounds with every default filled in. */
export type QueueLimits = Required<QueueOptions>

/** What async features add to a queue: entries whose frame is still being made. */
export interface Encodings {
  readonly encode: (queue: Queue, entry: Entry, encoding: PromiseLike<Frame>) => void
  readonly reencode: (queue: Queue) => void
}

/** The entries of one queue, within bounds. */
export type Queue = ReturnType<typeof createQueue>

/** Creates an empty queue: first in, first out, with one bound and one expiry over everything that waits. */
const createQueue = (context: SendsContext, limits: QueueLimits) => {
  const { events, taskQueue, writer } = context
  let entries: readonly Entry[] = []

  const setEntries = (next: readonly Entry[]) => {
    entries = next
    events.note({ queued: entries.length })
    if (!entries.length) expiry.stop()
  }
  /** Takes out the entries that `leaves` names, and drops them when there is a reason. */
  const remove = (leaves: (entry: Entry) => boolean, reason?: DropReason): boolean => {
    const gone = entries.filter(leaves)
    if (gone.length) setEntries(entries.filter((entry) => !gone.includes(entry)))
    if (reason)
      events.drop(
        reason,
        gone.map(({ id }) => id),
      )
    return gone.length > 0
  }
  /** Writes from the front, up to the first entry whose frame is not there yet. */
  const flush = () => {
    for (let [first] = entries; first?.made !== undefined && write(first.id, first.made); [first] = entries)
      setEntries(entries.slice(1))
  }
  const expire = () => {
    const time = now()
    expiry.stop()
    remove(({ expiresAt }) => expiresAt <= time, 'expired')
    for (const { expiresAt } of entries) expiry.add(expiresAt)
    flush()
  }
  const expiry = createExpiry(() => taskQueue.enqueue(expire))
  const { isCongested } = createBackpressure(limits.highWaterMark, context, flush)
  const write = (id: string, frame: Frame) => (isCongested() ? undefined : writer.write(id, frame))
  return {
    context,
    limits,
    entries: () => entries,
    remove,
    flush,
    expire,
    write,
    /** Whether `entry` fits in, after older entries have made room where `overflow` says so. */
    makeRoomFor: (entry: Entry): boolean => {
      const max = limits.maxMessages || MAX_ENCODING
      const others = entries.filter((other) => other !== entry)
      let bytes = others.reduce((sum, other) => sum + other.bytes, entry.bytes)
      const evicted: Entry[] = []
      while (others.length >= max || bytes > limits.maxBytes) {
        const oldest = limits.overflow === 'drop-oldest' && others.shift()
        if (!oldest) return false
        bytes -= oldest.bytes
        evicted.push(oldest)
      }
      if (evicted.length) remove((other) => evicted.includes(other), 'overflow')
      return true
    },
    push: (entry: Entry) => {
      setEntries([...entries, entry])
      expiry.add(entry.expiresAt)
      flush() // An entry that made room may have held the others back.
    },
  }
}

/** Lets a send wait, or says why it may not. */
const wait = ({ context, limits, makeRoomFor, push }: Queue, outgoing: Outgoing): Entry | DropReason => {
  const { frame, ttl = limits.ttl, whenOffline } = outgoing
  if (!context.writer.isOpen() && (!limits.maxMessages || whenOffline === 'drop')) return 'offline'
  const made = isPromiseLike(frame) ? undefined : ownCopy(frame)
  const bytes = made === undefined ? 0 : byteLength(made)
  const entry: Entry = { ...outgoing, made, bytes, expiresAt: now() + (ttl >= 0 ? ttl : limits.ttl) }
  if (bytes > limits.maxBytes) return 'too_large'
  if (!makeRoomFor(entry)) return 'overflow'
  push(entry)
  return entry
}

/** Creates the send queue of one connection. `encodings` comes with the features whose frames may be pending. */
export const createSendQueue = (context: SendsContext, limits: QueueLimits, encodings?: Encodings): Sends => {
  const queue = createQueue(context, limits)
  const { entries, expire, flush, remove, write } = queue
  // They would otherwise wait for the next socket.
  context.hooks.attach(0, {
    onLost: () => void remove(({ whenOffline }) => !limits.maxMessages || whenOffline === 'drop', 'offline'),
  })
  return {
    send: (outgoing) => {
      const { frame, id } = outgoing
      const isPending = isPromiseLike(frame)
      const sent = entries().length || isPending ? undefined : write(id, frame)
      if (sent) return sent
      const entry = wait(queue, outgoing)
      if (typeof entry === 'string') return context.events.refuse(entry, id)
      if (isPending) encodings?.encode(queue, entry, frame)
      return { delivery: 'queued' }
    },
    withdraw: (id) => {
      const wasThere = remove((entry) => entry.id === id)
      flush()
      return wasThere
    },
    ids: () => entries().map(({ id }) => id),
    flush: expire,
    clear: (reason) => void remove(() => true, reason),
    reencode: () => encodings?.reencode(queue),
  }
}
