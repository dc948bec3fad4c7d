import type { IncomingMessage } from 'node:http'
import type { Limits } from '../limits.js'
import type { Report } from '../problems.js'
import { addressOf, createAddressCount, networkOf } from './addresses.js'
import { createVisitors } from './visitors.js'

/** What one request over HTTP may do. */
export interface HttpPass {
  /** Whether its address may make so many calls more. */
  readonly take: (count: number) => boolean
  /** The request has ended. */
  readonly end: () => void
}

/**
 * Creates the limits of calls over HTTP. They are those of connections but counted by address, because a request has no connection that
 * distinguishes it from the next one. The result returns `undefined` for a request above the limits.
 */
export const createHttpLimits = (limits: Limits, report: Report): ((req: IncomingMessage) => HttpPass | undefined) => {
  const { rate, maxConnectionsPerIp, proxies } = limits
  const addresses = createAddressCount()
  const visitors = rate && createVisitors(rate)

  const take = (network: string, count: number): boolean => {
    if (!rate || !visitors || count === 0) return true
    const visitor = visitors.of(network)
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
