import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BusStatus } from '../cluster/bus.js'

/** The phase of a server. It starts as `starting`; the order is that of the list, and `failed` is instead of `ready`. */
export type HealthStatus = 'starting' | 'ready' | 'failed' | 'closing' | 'closed'

/** The health of a server. */
export interface ServerHealth {
  /** `failed` when the server cannot listen on its port. */
  readonly status: HealthStatus
  /** Whether the process does its work: false from `failed` on, also while such a server closes, and after `closed`, when only a restart helps. */
  readonly isLive: boolean
  /** Whether clients should be sent to this server. False before it listens, and as soon as `close()` is called. */
  readonly isReady: boolean
  /** The connections of this node. */
  readonly connections: number
  /** The status of the bus; `undefined` without one. A server without its bus still serves its clients, so it stays ready. */
  readonly bus: BusStatus | undefined
}

/** Answers a health check over HTTP. */
export type HandleHealth = (req: IncomingMessage, res: ServerResponse) => void

/** Keeps the health of a server. */
export interface HealthState {
  readonly health: () => ServerHealth
  readonly set: (status: HealthStatus) => void
  readonly setBus: (status: BusStatus) => void
  readonly handleLiveness: HandleHealth
  readonly handleReadiness: HandleHealth
}

const createHandler =
  (health: () => ServerHealth, member: 'isLive' | 'isReady'): HandleHealth =>
  (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { allow: 'GET, HEAD', 'content-length': '0' }).end()
      return
    }
    const current = health()
    // Nothing but the status: anyone may be able to ask.
    const body = JSON.stringify({ status: current.status })
    const headers = {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'cache-control': 'no-store',
      // A probe on a kept-alive connection would keep a server from ending.
      ...(!current.isReady && { connection: 'close' }),
    }
    res.writeHead(current[member] ? 200 : 503, headers).end(req.method === 'HEAD' ? undefined : body)
  }

/** Creates the health of a server that does not listen yet. */
export const createHealth = (connections: () => number, hasBus: boolean): HealthState => {
  let status: HealthStatus = 'starting'
  let hasFailed = false
  let bus: BusStatus | undefined = hasBus ? { isConnected: true } : undefined
  const health = (): ServerHealth => ({
    status,
    isLive: !hasFailed && status !== 'closed',
    isReady: status === 'ready',
    connections: connections(),
    bus,
  })
  return {
    health,
    set: (next) => {
      status = next
      hasFailed ||= next === 'failed'
    },
    setBus: (next) => {
      bus = next
    },
    handleLiveness: createHandler(health, 'isLive'),
    handleReadiness: createHandler(health, 'isReady'),
  }
}
