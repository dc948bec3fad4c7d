import type { SocketServerSettings } from './options.js'

/** Returns the options that limit a server, with their defaults. */
export const resolveLimits = (options: SocketServerSettings) => ({
  maxConnectionsPerIp: options.maxConnectionsPerIp ?? 1000,
  maxPayload: options.maxPayload ?? 1024 * 1024,
  rate: options.rate === false ? undefined : { perSecond: 100, burst: 200, tolerance: 100, ...options.rate },
  maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
  slowConsumer: options.slowConsumer ?? 'close',
  handshakeTimeout: options.handshakeTimeout ?? 10_000,
  idleTimeout: options.idleTimeout ?? 0,
  pingInterval: options.pingInterval ?? 30_000,
  closeTimeout: options.closeTimeout ?? 2_000,
  ping: options.ping === false ? undefined : { request: 'ping', reply: 'pong', ...options.ping },
  maxPending: options.maxPending ?? 100,
  maxSubscriptions: options.maxSubscriptions ?? 1000,
  maxBatch: options.maxBatch ?? 100,
  nodeTimeout: options.nodeTimeout ?? 30_000,
  proxies: Number(options.trustProxy ?? 0),
  invalid: options.invalid ?? 'reply',
})

/** The limits of a server. */
export type Limits = ReturnType<typeof resolveLimits>
