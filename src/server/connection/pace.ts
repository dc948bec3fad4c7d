import { now } from '../../internal/clock.js'
import type { Limits } from '../limits.js'

/** Limits how fast the frames of one connection are processed: by messages and by bytes. */
export interface Pace {
  /** Counts a frame and returns 0, or returns the milliseconds until it may be processed. */
  readonly take: (bytes: number) => number
  /** Counts further messages: a batch of JSON-RPC is one frame with many calls. */
  readonly charge: (messages: number) => void
}

interface Bucket {
  readonly perSecond: number
  readonly burst: number
  /** Below 0 when more was taken at once than there was: the next frame waits for that. */
  tokens: number
}

const createBucket = (perSecond: number, burst: number): Bucket => ({ perSecond, burst, tokens: burst })

/** The milliseconds until the bucket has `wanted` tokens. */
const delayOf = ({ tokens, perSecond }: Bucket, wanted: number): number => {
  if (tokens >= wanted) return 0
  const delay = Math.max(1, Math.ceil(((wanted - tokens) * 1000) / perSecond))
  // A number that is missing must not set the limit off.
  return Number.isNaN(delay) ? Infinity : delay
}

/** Creates the pace of one connection. */
export const createPace = ({ perSecond, burst, bytesPerSecond, bytesBurst }: NonNullable<Limits['rate']>): Pace => {
  const messages = createBucket(perSecond, Math.max(1, burst))
  const bytes = createBucket(bytesPerSecond, Math.max(1, bytesBurst))
  let refilledAt = now()
  const refill = () => {
    const time = now()
    // A clock that is set back adds no tokens and removes none.
    const elapsed = Math.max(0, time - refilledAt)
    refilledAt = time
    for (const bucket of [messages, bytes])
      bucket.tokens = Math.min(bucket.burst, bucket.tokens + (elapsed * bucket.perSecond) / 1000)
  }
  return {
    take: (size) => {
      // The clock is read only when tokens are missing: this runs for every frame.
      if (!(messages.tokens >= 1 && bytes.tokens >= 1)) refill()
      const delay = Math.max(delayOf(messages, 1), delayOf(bytes, 1))
      if (delay > 0) return delay
      messages.tokens--
      // A frame larger than the rest is processed, and those after it wait longer.
      bytes.tokens -= size
      return 0
    },
    charge: (count) => {
      messages.tokens -= count
    },
  }
}

/** How long a client has been above its rate. Time below it counts down again. */
export interface Overrun {
  /** The client waits from now on. Returns whether it has not waited for 10 s before. */
  readonly begin: () => boolean
  /** The wait is over. */
  readonly end: () => void
  /** The milliseconds that the client may still stay above its rate. */
  readonly left: () => number
}

/** A client that waits again after so many milliseconds is reported again. */
const QUIET_MS = 10_000

/** Creates the measure of one connection, which may stay above its rate for `patience` ms. */
export const createOverrun = (patience: number): Overrun => {
  /** The milliseconds above the rate when `changedAt` was set. */
  let over = 0
  let changedAt = -Infinity
  let isWaiting = false
  const settle = () => {
    const time = now()
    const elapsed = Math.max(0, time - changedAt)
    over = isWaiting ? over + elapsed : Math.max(0, over - elapsed)
    changedAt = time
  }
  return {
    begin: () => {
      const isNew = now() - changedAt >= QUIET_MS
      settle()
      isWaiting = true
      return isNew
    },
    end: () => {
      settle()
      isWaiting = false
    },
    left: () => {
      settle()
      return patience - over
    },
  }
}
