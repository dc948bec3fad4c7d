import type { IncomingMessage } from 'node:http'
import { addressOf, createAddressCount, ownerOf } from './addresses.js'
import type { Limits } from '../options.js'
import type { Report } from '../problems.js'
import { createBucket, type Bucket } from '../connection/tokenBucket.js'

/** What one request over HTTP may do. */
export interface HttpPass {
  /** Whether so many calls more may come from its address. */
  readonly take: (count: number) => boolean
  /** The request is over. */
  readonly end: () => void
}

interface Visitor {
  readonly bucket: Bucket
  isTold: boolean
}

/** Addresses whose buckets are full again are forgotten when so many have come. */
const SWEEP_AT = 1024

/**
 * Creates the limits of calls over HTTP. They are those of connections, but counted by address: a request has no connection that could be
 * told apart from the next one's.
 */
export const createHttpLimits = (limits: Limits, report: Report): ((req: IncomingMessage) => HttpPass | undefined) => {
  const { rate, maxConnectionsPerIp, proxies } = limits
  const addresses = createAddressCount()
  const visitors = new Map<string, Visitor>()
  let sweepAt = SWEEP_AT

  const sweep = (): void => {
    if (visitors.size < sweepAt) return
    for (const [ip, { bucket }] of visitors) if (bucket.isFull()) visitors.delete(ip)
    sweepAt = Math.max(SWEEP_AT, visitors.size * 2)
  }
  const visit = (ip: string, { perSecond, burst }: { perSecond: number; burst: number }): Visitor => {
    const known = visitors.get(ip)
    if (known) return known
    sweep()
    const visitor = { bucket: createBucket(perSecond, burst), isTold: false }
    visitors.set(ip, visitor)
    return visitor
  }
  const take = (ip: string, count: number): boolean => {
    if (!rate || count === 0) return true
    const visitor = visit(ip, rate)
    if (visitor.isTold && visitor.bucket.isFull()) visitor.isTold = false
    if (visitor.bucket.take(count)) return true
    if (!visitor.isTold) {
      visitor.isTold = true
      const message = `One address makes more than ${rate.perSecond} calls a second over HTTP ("rate"): what is over that is refused.`
      report({ code: 'rate_limited', message })
    }
    return false
  }

  /** `undefined` refuses the request. */
  return (req) => {
    const owner = ownerOf(addressOf(req, proxies))
    const { count, leave } = addresses.enter(owner)
    if (count <= maxConnectionsPerIp && take(owner, 1)) return { take: (more) => take(owner, more), end: leave }
    leave()
    return undefined
  }
}
