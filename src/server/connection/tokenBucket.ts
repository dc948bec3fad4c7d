import { now } from '../../internal/clock.js'

/** A bucket of tokens: each thing allowed takes one, time puts them back. */
export interface Bucket {
  /** Takes `count` tokens, or none when there are not so many. */
  readonly take: (count?: number) => boolean
  /** Whether nothing has been taken that time has not put back. */
  readonly isFull: () => boolean
}

/** Creates a bucket that holds `burst` tokens and gets `perSecond` back. */
export const createBucket = (perSecond: number, burst: number): Bucket => {
  let tokens = burst
  let filledAt = now()
  const fill = () => {
    const time = now()
    // A clock that is set back gives nothing, and takes nothing away.
    tokens = Math.min(burst, tokens + (Math.max(0, time - filledAt) * perSecond) / 1000)
    filledAt = time
  }
  return {
    take: (count = 1) => {
      // Counting on the clock only when it matters: this is on the way of every message.
      if (tokens < count) fill()
      if (tokens < count) return false
      tokens -= count
      return true
    },
    isFull: () => {
      fill()
      return tokens >= burst
    },
  }
}
