import type { SocketServerSettings } from './options.js'
import { resolveSession } from './session/sessionOptions.js'

/**
 * The burst takes what a client of this library may send at once when it is connected again: a full send queue (1000 messages, 1 MiB), and as many
 * subscriptions as a connection may have.
 */
const defaultRate = {
  perSecond: 100,
  burst: 2000,
  bytesPerSecond: 1024 * 1024,
  bytesBurst: 4 * 1024 * 1024,
  patience: 30_000,
}

const DEFAULT_PER_IP = 1000

/** By default an address may open all of its connections at once, and a tenth of them in each second after that: 1000 and 100, or more where it may have more. */
const resolveConnectionRate = ({ connectionRate, maxConnectionsPerIp = 0 }: SocketServerSettings) => {
  if (connectionRate === false) return undefined
  const burst = Math.max(DEFAULT_PER_IP, maxConnectionsPerIp)
  return { burst, perSecond: burst / 10, ...connectionRate }
}

/** Returns the options that limit a server, with their defaults. */
export const resolveLimits = (options: SocketServerSettings) => ({
  maxConnections: options.maxConnections ?? 20_000,
  maxConnectionsPerIp: options.maxConnectionsPerIp ?? DEFAULT_PER_IP,
  connectionRate: resolveConnectionRate(options),
  maxAuthorizing: options.maxAuthorizing ?? 100,
  maxPayload: options.maxPayload ?? 1024 * 1024,
  rate: options.rate === false ? undefined : { ...defaultRate, ...options.rate },
  maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
  slowConsumer: options.slowConsumer ?? 'close',
  handshakeTimeout: options.handshakeTimeout ?? 10_000,
  idleTimeout: options.idleTimeout ?? 0,
  pingInterval: options.pingInterval ?? 30_000,
  closeTimeout: options.closeTimeout ?? 2_000,
  ping: options.ping === false ? undefined : { request: 'ping', reply: 'pong', ...options.ping },
  maxPending: options.maxPending ?? 100,
  maxSubscriptions: options.maxSubscriptions ?? 1000,
  maxWaiting: options.maxWaiting ?? 1000,
  maxPendingBytes: options.maxPendingBytes ?? 8 * 1024 * 1024,
  maxSubscriptionBytes: options.maxSubscriptionBytes ?? 4 * 1024 * 1024,
  maxKeptBytes: options.maxKeptBytes ?? 256 * 1024 * 1024,
  maxPendingPerIp: options.maxPendingPerIp ?? 2000,
  maxPendingTotal: options.maxPendingTotal ?? 20_000,
  maxBatch: options.maxBatch ?? 100,
  nodeTimeout: options.nodeTimeout ?? 30_000,
  proxies: Number(options.trustProxy ?? 0),
  invalid: options.invalid ?? 'reply',
  session: resolveSession(options.session),
})

/** The limits of a server. */
export type Limits = ReturnType<typeof resolveLimits>
