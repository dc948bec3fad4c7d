import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { messageOf } from '../../internal/errors.js'
import { addressOf, createAddressCount } from '../http/addresses.js'
import type { Admission, Refused } from '../http/admission.js'
import { toFrame } from '../codecs.js'
import { createLine } from './frameQueue.js'
import { createLiveness, watchIdle } from './liveness.js'
import type { Limits } from '../options.js'
import { closeSoftly } from './outbound.js'
import type { Arrival, Peer } from './serverConnection.js'
import type { Report } from '../problems.js'

/** What an upgraded socket goes through. */
export interface AcceptConfig {
  readonly admit: Admission
  readonly limits: Limits
  readonly report: Report
  /** Makes a connection of it. */
  readonly enter: (arrival: Arrival) => Peer
  /** The connection's end. */
  readonly leave: (peer: Peer, code: number, reason: string) => void
  readonly onRefused: (refused: Refused & { readonly ip: string }, req: IncomingMessage) => void
  readonly isClosing: () => boolean
}

/** How many frames may wait, before a client is let in or while a schema takes its time. */
const MAX_WAITING = 256
const MIN_WAITING_BYTES = 1024 * 1024

/** Creates what takes an upgraded socket from its first byte to its end. `sockets` holds all that are not closed yet. */
export const createAccept = (config: AcceptConfig) => {
  const { admit, limits, report } = config
  const sockets = new Set<WebSocket>()
  const waiting: (() => void)[] = []
  const addresses = createAddressCount()
  const liveness = createLiveness(limits.pingInterval)

  const refuse = (ws: WebSocket, req: IncomingMessage, ip: string, { code, reason }: Refused): void => {
    config.onRefused({ code, reason, ip }, req)
    closeSoftly(ws, code, reason, limits.closeTimeout)
  }

  const accept = (ws: WebSocket, req: IncomingMessage, groups: Readonly<Record<string, string>>): void => {
    const ip = addressOf(req, limits.proxies)
    const { count, leave } = addresses.enter(ip)
    let deciding: AbortController | undefined = new AbortController()
    const touchAlive = liveness.watch(ws)
    const idle = watchIdle(limits.idleTimeout, () => closeSoftly(ws, 1000, 'idle', limits.closeTimeout))
    let peer: Peer | undefined
    const line = createLine({
      maxFrames: MAX_WAITING,
      maxBytes: Math.max(MIN_WAITING_BYTES, limits.maxPayload),
      overflow: () => closeSoftly(ws, 4429, 'too many messages wait', limits.closeTimeout),
    })

    sockets.add(ws)
    ws.binaryType = 'arraybuffer'
    ws.on('message', (data, isBinary) => {
      touchAlive()
      idle.touch()
      // What comes after our goodbye is not heard.
      if (ws.readyState === 1) line.push(toFrame(data, isBinary))
    })
    ws.on('error', (error) => {
      const message = `The socket reported an error: ${messageOf(error)}.`
      report({ code: 'peer_error', message, error, ...(peer && { connection: peer.connection }) })
    })
    ws.on('close', (code, reason) => {
      sockets.delete(ws)
      if (sockets.size === 0) for (const resolve of waiting.splice(0)) resolve()
      leave()
      idle.stop()
      deciding?.abort()
      if (peer) config.leave(peer, code, reason.toString())
    })

    if (count > limits.maxConnectionsPerIp) {
      refuse(ws, req, ip, { code: 4429, reason: 'too many connections from one address' })
      return
    }
    void admit(req, groups, deciding.signal).then((decision) => {
      deciding = undefined
      if (ws.readyState !== 1) return
      if (config.isClosing()) return closeSoftly(ws, 1012, 'the server restarts', limits.closeTimeout)
      if ('code' in decision) return refuse(ws, req, ip, decision)
      peer = config.enter({ ws, req, ip, admitted: decision, line, touch: idle.touch })
    })
  }

  return {
    accept,
    sockets: sockets as ReadonlySet<WebSocket>,
    /** Resolves when no socket is left. */
    whenEmpty: async () => {
      if (sockets.size > 0) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
