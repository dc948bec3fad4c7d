import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import { declineForeignUpgrades, isWebSocketUpgrade, serveAsOrdinaryRequest } from './ordinaryRequest.js'
import { createPathMatcher, type PathMatcher } from './path.js'
import type { AnyServer, ListenTarget } from './targetChecks.js'

/** Upgrades a request whose url matches. `groups` are the values of the path's groups. */
export type HandleUpgrade = (
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  groups: Readonly<Record<string, string>>,
) => void

/** Listens for upgrade requests. */
export interface UpgradeListener {
  readonly ready: Promise<void>
  readonly address: () => AddressInfo | string | null
  /** For an upgrade request that another server received. */
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Accepts no more connections. */
  readonly stop: () => void
  /** Closes what is left on a port of our own. Resolves when the port is free. */
  readonly finish: () => Promise<void>
}

/** Responds to an upgrade request with an HTTP status, and further lines of the head. */
export const rejectUpgrade = (socket: Duplex, status: string, ...lines: readonly string[]): void => {
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...lines]
  socket.end(`${head.join('\r\n')}\r\n\r\n`)
}

/** Marks an `upgrade` listener of this library, with the paths that it serves. */
const ownPath = Symbol.for('reduplex.upgrade')
type MarkedListener = ((...args: never) => unknown) & { readonly [ownPath]?: PathMatcher }

/** Whether this listener is the first of this library that serves the url: an upgrade that two listeners took would throw out of the HTTP server. */
const isFirstMatch = (http: AnyServer, own: MarkedListener, url: string | undefined): boolean =>
  (http.listeners('upgrade') as MarkedListener[]).find((listener) => listener[ownPath]?.(url)) === own

/** Whether something else listens to upgrades too. */
const hasForeignListener = (http: AnyServer): boolean =>
  (http.listeners('upgrade') as MarkedListener[]).some((listener) => !listener[ownPath])

/** Whether all listeners are of this library, and this one is the first and so has to answer what none of them serves. */
const isResponsible = (http: AnyServer, own: MarkedListener): boolean =>
  http.listeners('upgrade')[0] === own && !hasForeignListener(http)

/** Whether no listener of this library serves the url. */
const isUnserved = (http: AnyServer, url: string | undefined): boolean =>
  (http.listeners('upgrade') as MarkedListener[]).every((listener) => !listener[ownPath]?.(url))

const createOwnServer = (): HttpServer =>
  createServer((_req, res) => {
    const body = 'Upgrade Required: this port speaks WebSocket'
    res.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' }).end(body)
  })

/** Adds the listener to `upgrade`. Returns a function that removes it. */
const listenToUpgrades = (http: AnyServer, match: PathMatcher, upgrade: HandleUpgrade): (() => void) => {
  const onUpgrade: MarkedListener & ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) = Object.assign(
    (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!isWebSocketUpgrade(req)) {
        // Another listener to upgrades may want it.
        if (!isResponsible(http, onUpgrade)) return
        if (!serveAsOrdinaryRequest(http, req, socket, head)) rejectUpgrade(socket, '400 Bad Request')
        return
      }
      const groups = match(req.url)
      if (groups && isFirstMatch(http, onUpgrade, req.url)) upgrade(req, socket, head, groups)
      else if (!groups && isResponsible(http, onUpgrade) && isUnserved(http, req.url)) {
        rejectUpgrade(socket, '404 Not Found')
      }
    },
    { [ownPath]: match },
  )
  http.on('upgrade', onUpgrade)
  declineForeignUpgrades(http, () => hasForeignListener(http))
  return () => void http.off('upgrade', onUpgrade)
}

/** Resolves when the HTTP server listens. Only a server of our own can reject: errors of another one are handled by its owner. */
const whenListening = async (http: AnyServer, isOwn: boolean): Promise<void> =>
  await new Promise<void>((resolve, reject) => {
    if (http.listening) return resolve()
    http.once('listening', resolve)
    if (isOwn) http.once('error', reject)
  })

/** What {@link createUpgradeListener} needs. */
export interface UpgradeListenerConfig {
  readonly target: ListenTarget
  readonly upgrade: HandleUpgrade
  readonly report: Report
}

/** Creates the listener of a server, and starts to listen. */
export const createUpgradeListener = ({ target, upgrade, report }: UpgradeListenerConfig): UpgradeListener => {
  const { port } = target
  const isOwn = port !== undefined
  const http = isOwn ? createOwnServer() : target.server
  const match = createPathMatcher(target.path)

  const handleUpgrade: UpgradeListener['handleUpgrade'] = (req, socket, head) => {
    const groups = match(req.url)
    if (groups) upgrade(req, socket, head, groups)
    else rejectUpgrade(socket, '404 Not Found')
  }
  if (!http) {
    return { ready: Promise.resolve(), address: () => null, handleUpgrade, stop: () => {}, finish: async () => {} }
  }

  const stopUpgrades = listenToUpgrades(http, match, upgrade)
  const ready = whenListening(http, isOwn)
  if (isOwn) {
    http.on('error', (error) =>
      report({ code: 'listen_failed', message: `Listening failed: ${messageOf(error)}`, error }),
    )
    http.listen(port, target.host, target.backlog)
  }

  let closed: Promise<void> | undefined
  return {
    ready,
    address: () => http.address(),
    handleUpgrade,
    stop: () => {
      stopUpgrades()
      if (isOwn) closed ??= new Promise((resolve) => http.close(() => resolve()))
    },
    finish: async () => {
      if (!isOwn) return
      http.closeAllConnections()
      await closed
    },
  }
}
