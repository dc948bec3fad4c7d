import type { IncomingMessage } from 'node:http'
import type { Limits } from '../limits.js'
import type { Report } from '../problems.js'
import { addressOf, createAddressCount, networkOf } from './addresses.js'
import { createVisitors, type Visitors } from './visitors.js'

/** What one request over HTTP may do. */
export interface HttpPass {
  /** Whether its address may make so many calls more. */
  readonly take: (count: number) => boolean
  /** Whether its address may send so many bytes more. */
  readonly takeBytes: (count: number) => boolean
  /** The request has ended. */
  readonly end: () => void
}

type Take = (network: string, count: number) => boolean

/** Takes from the bucket of an address. The first refusal of an address is reported, and the first one after its bucket was full again. */
const createTake =
  (visitors: Visitors, report: () => void): Take =>
  (network, count) => {
    if (count === 0) return true
    const visitor = visitors.of(network)
    if (visitor.isReported && visitor.bucket.isFull()) visitor.isReported = false
    if (visitor.bucket.take(count)) return true
    if (!visitor.isReported) report()
    visitor.isReported = true
    return false
  }

const unlimited: Take = () => true

/**
 * Creates the limits of calls over HTTP. They are those of connections but counted by address, because a request has no connection that
 * distinguishes it from the next one. The result returns `undefined` for a request above the limits.
 */
export const createHttpLimits = (limits: Limits, report: Report): ((req: IncomingMessage) => HttpPass | undefined) => {
  const { rate, maxConnectionsPerIp, proxies } = limits
  const addresses = createAddressCount()
  const limited = (perSecond: number, burst: number, unit: string): Take =>
    createTake(createVisitors({ perSecond, burst }), () =>
      report({
        code: 'rate_limited',
        message: `One address sends more than ${perSecond} ${unit} a second over HTTP ("rate"): the calls above that are refused.`,
      }),
    )
  const take = rate ? limited(rate.perSecond, rate.burst, 'calls') : unlimited
  const bytes = rate ? limited(rate.bytesPerSecond, rate.bytesBurst, 'bytes') : unlimited
  // A body that is larger than the burst takes all of it.
  const takeBytes: Take = (network, count) => bytes(network, Math.min(count, rate?.bytesBurst ?? 0))

  return (req) => {
    const network = networkOf(addressOf(req, proxies))
    const { count, leave } = addresses.enter(network)
    if (count <= maxConnectionsPerIp && take(network, 1)) {
      return { take: (more) => take(network, more), takeBytes: (more) => takeBytes(network, more), end: leave }
    }
    leave()
    return undefined
  }
}
