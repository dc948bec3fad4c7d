import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import type { Delivery, DropReason, Outgoing, QueueOptions } from './types.js'

/** A send that waits. */
export interface Waiting {
  readonly id: string
  readonly frame: Frame
  /** Until when, in milliseconds since the epoch. */
  readonly expiresAt: number
  readonly remake: Outgoing['remake']
}

interface Entry extends Waiting {
  readonly bytes: number
}

/** Sends that wait for the connection, first in first out, within bounds. */
export interface Outbox {
  readonly size: () => number
  /** Takes a send, or says why not. `ttl` is in milliseconds. */
  readonly push: (id: string, frame: Frame, ttl?: number, remake?: Outgoing['remake']) => Delivery
  /** Takes one out that waits, unreported; whether it did. */
  readonly withdraw: (id: string) => boolean
  /** The ids of those that wait. */
  readonly ids: () => readonly string[]
  /** Gives away all that waits. */
  readonly drain: () => readonly Waiting[]
  /** Hands over what waits, in order, until `send` answers that it cannot take one. */
  readonly flush: (send: (id: string, frame: Frame) => unknown) => void
  /** Empties it, for a reason that is reported. */
  readonly clear: (reason: DropReason) => void
}

/**
 * Creates an outbox. `onDrop` hears of every send that leaves it unsent, the refused one included; `onChange` of every change of
 * its size.
 */
export const createOutbox = (
  limits: Omit<Required<QueueOptions>, 'highWaterMark'>,
  onDrop: (reason: DropReason, ids: readonly string[]) => void,
  onChange: (size: number) => void,
): Outbox => {
  let entries: Entry[] = []
  let bytes = 0
  let armedFor = Infinity
  let cancelExpiry: Cancel = () => {}

  const report = (reason: DropReason, dropped: readonly Waiting[]) => {
    if (dropped.length)
      onDrop(
        reason,
        dropped.map((entry) => entry.id),
      )
  }
  const take = () => {
    const entry = entries.shift()!
    bytes -= entry.bytes
    return entry
  }
  const arm = (time: number) => {
    if (time >= armedFor) return
    cancelExpiry()
    armedFor = time
    cancelExpiry = after(time - now(), expire)
  }
  const expire = () => {
    cancelExpiry()
    armedFor = Infinity
    const time = now()
    const expired = entries.filter((entry) => entry.expiresAt <= time)
    if (expired.length) {
      entries = entries.filter((entry) => entry.expiresAt > time)
      bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
      onChange(entries.length)
    }
    report('expired', expired)
    arm(entries.reduce((least, entry) => Math.min(least, entry.expiresAt), Infinity))
  }
  const drain = () => {
    const drained = entries
    entries = []
    bytes = 0
    cancelExpiry()
    armedFor = Infinity
    return drained
  }
  return {
    size: () => entries.length,
    push: (id, frame, ttl = limits.ttl, remake) => {
      const expiresAt = now() + (ttl >= 0 ? ttl : limits.ttl)
      const entry = { id, frame: ownCopy(frame), remake, bytes: byteLength(frame), expiresAt }
      const refuse = (reason: DropReason): Delivery => {
        onDrop(reason, [id])
        return { delivery: 'dropped', reason }
      }
      if (entry.bytes > limits.maxBytes) return refuse('too_large')
      const evicted: Entry[] = []
      while (entries.length >= limits.maxMessages || bytes + entry.bytes > limits.maxBytes) {
        if (limits.overflow === 'drop-newest' || !entries.length) return refuse('overflow')
        evicted.push(take())
      }
      entries.push(entry)
      bytes += entry.bytes
      onChange(entries.length)
      report('overflow', evicted)
      arm(entry.expiresAt)
      return { delivery: 'queued' }
    },
    withdraw: (id) => {
      const place = entries.findIndex((entry) => entry.id === id)
      if (place < 0) return false
      bytes -= entries.splice(place, 1)[0]!.bytes
      onChange(entries.length)
      return true
    },
    ids: () => entries.map(({ id }) => id),
    flush: (send) => {
      if (!entries.length) return
      expire()
      for (let next = entries[0]; next && send(next.id, next.frame); next = entries[0]) take()
      onChange(entries.length)
    },
    drain,
    clear: (reason) => {
      const dropped = drain()
      if (dropped.length) onChange(0)
      report(reason, dropped)
    },
  }
}
