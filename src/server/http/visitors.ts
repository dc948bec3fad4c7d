import { createTokenBucket, type TokenBucket } from '../connection/tokenBucket.js'

/** What is known of one address. */
export interface Visitor {
  readonly bucket: TokenBucket
  /** Whether it was reported that it is above its rate, since its bucket was last full. */
  isReported: boolean
}

/** The rates of addresses. */
export interface Visitors {
  readonly of: (network: string) => Visitor
}

/** The number of addresses at which those with a full bucket are removed. */
const SWEEP_AT = 1024

/** Creates an empty table. An address is forgotten some time after its bucket is full again. */
export const createVisitors = (rate: { readonly perSecond: number; readonly burst: number }): Visitors => {
  const visitors = new Map<string, Visitor>()
  let sweepAt = SWEEP_AT
  const sweep = (): void => {
    if (visitors.size < sweepAt) return
    for (const [network, { bucket }] of visitors) if (bucket.isFull()) visitors.delete(network)
    sweepAt = Math.max(SWEEP_AT, visitors.size * 2)
  }
  return {
    of: (network) => {
      const known = visitors.get(network)
      if (known) return known
      sweep()
      const visitor = { bucket: createTokenBucket(rate.perSecond, rate.burst), isReported: false }
      visitors.set(network, visitor)
      return visitor
    },
  }
}
