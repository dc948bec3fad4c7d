import type { IncomingMessage } from 'node:http'
import { createTokenBucket, type TokenBucket } from '../connection/tokenBucket.js'
import type { Limits } from '../limits.js'
import type { Report } from '../report.js'
import { addressOf, createAddressCount, networkOf } from './addresses.js'

/** What one request over HTTP may do. */
export interface HttpPass {
  /** Whether its address may make so many calls more. */
  readonly take: (count: number) => boolean
  /** The request has ended. */
  readonly end: () => void
}

interface Visitor {
  readonly bucket: TokenBucket
  isReported: boolean
}

/** The number of addresses at which those with a full bucket are removed. */
const SWEEP_AT = 1024

/**
 * Creates the limits of calls over HTTP. They are those of connections but counted by address, because a request has no connection that
 * distinguishes it from the next one. The result returns `undefined` for a request above the limits.
 */
export const createHttpLimits = (limits: Limits, report: Report): ((req: IncomingMessage) => HttpPass | undefined) => {
  const { rate, maxConnectionsPerIp, proxies } = limits
  const addresses = createAddressCount()
  const visitors = new Map<string, Visitor>()
  let sweepAt = SWEEP_AT

  const sweep = (): void => {
    if (visitors.size < sweepAt) return
    for (const [network, { bucket }] of visitors) if (bucket.isFull()) visitors.delete(network)
    sweepAt = Math.max(SWEEP_AT, visitors.size * 2)
  }
  const visitorOf = (network: string, { perSecond, burst }: { perSecond: number; burst: number }): Visitor => {
    const known = visitors.get(network)
    if (known) return known
    sweep()
    const visitor = { bucket: createTokenBucket(perSecond, burst), isReported: false }
    visitors.set(network, visitor)
    return visitor
  }
  const take = (network: string, count: number): boolean => {
    if (!rate || count === 0) return true
    const visitor = visitorOf(network, rate)
    if (visitor.isReported && visitor.bucket.isFull()) visitor.isReported = false
    if (visitor.bucket.take(count)) return true
    if (!visitor.isReported) {
      visitor.isReported = true
      const message = `One address makes more than ${rate.perSecond} calls a second over HTTP ("rate"): the calls above that are refused.`
      report({ code: 'rate_limited', message })
    }
    return false
  }

  return (req) => {
    const network = networkOf(addressOf(req, proxies))
    const { count, leave } = addresses.enter(network)
    if (count <= maxConnectionsPerIp && take(network, 1)) return { take: (more) => take(network, more), end: leave }
    leave()
    return undefined
  }
}
