import type { IncomingMessage } from 'node:http'
import type { Limits } from '../limits.js'
import type { RefusedConnection } from '../SocketServer.js'
import { addressOf, networkOf } from './addresses.js'
import { createVisitors } from './visitors.js'

/** A connection that is refused before the upgrade, because every accepted socket takes memory. */
export interface RefusedUpgrade {
  readonly status: '429 Too Many Requests' | '503 Service Unavailable'
  readonly refused: RefusedConnection
}

/** Returns why a further connection is refused; `undefined` when it is not. */
export type LimitConnections = (req: IncomingMessage) => RefusedUpgrade | undefined

/** Creates the limits of new connections. `count` returns the number of all sockets. */
export const createConnectionLimits = (
  { maxConnections, connectionRate, proxies }: Limits,
  count: () => number,
): LimitConnections => {
  const visitors = connectionRate && createVisitors(connectionRate)
  return (req) => {
    const ip = addressOf(req, proxies)
    if (count() >= maxConnections) {
      return { status: '503 Service Unavailable', refused: { code: 1013, reason: 'too many connections', ip } }
    }
    if (!visitors || visitors.of(networkOf(ip)).bucket.take()) return undefined
    const reason = 'too many new connections from one address'
    return { status: '429 Too Many Requests', refused: { code: 4429, reason, ip } }
  }
}
