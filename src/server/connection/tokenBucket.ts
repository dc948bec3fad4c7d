import { now } from '../../internal/clock.js'

/** A rate limit: each message takes a token, and time puts tokens back. */
export interface TokenBucket {
  /** Takes `count` tokens; takes none and returns false when there are fewer. */
  readonly take: (count?: number) => boolean
  /** Whether no token is missing. */
  readonly isFull: () => boolean
}

/** Creates a bucket of `burst` tokens that gets `perSecond` tokens back. */
export const createTokenBucket = (perSecond: number, burst: number): TokenBucket => {
  let tokens = burst
  let refilledAt = now()
  const refill = () => {
    const time = now()
    // A clock that is set back adds no tokens and removes none.
    tokens = Math.min(burst, tokens + (Math.max(0, time - refilledAt) * perSecond) / 1000)
    refilledAt = time
  }
  return {
    take: (count = 1) => {
      // The clock is read only when tokens are missing: this runs for every message.
      // Written so that NaN takes nothing.
      if (!(tokens >= count)) refill()
      if (!(tokens >= count)) return false
      tokens -= count
      return true
    },
    isFull: () => {
      refill()
      return tokens >= burst
    },
  }
}
