import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { codedError, messageOf, show } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import { createPathMatcher, type PathMatcher } from './path.js'

type AnyServer = HttpServer | HttpsServer

/** Where a server listens: on a port of its own, on the port of an HTTP server, or nowhere; then the app calls `handleUpgrade`. */
export type ListenTarget<Path extends string = string> =
  | {
      /** 0 picks a free one. */
      readonly port: number
      /** Default: all addresses. */
      readonly host?: string
      /** The only path that is served; a pattern such as `/rooms/:room` has groups. Default: every path. */
      readonly path?: Path
    }
  | {
      /** Its requests, and its upgrades for paths other than `path`, are left alone. Of several socket servers whose path matches, the first takes an upgrade. */
      readonly server: AnyServer
      /** As above. Default: every path. Give one where something else upgrades connections on that HTTP server, such as the dev server of a bundler. */
      readonly path?: Path
    }
  | {
      /** The server does not listen. */
      readonly noServer: true
      /** As above. Default: every path. */
      readonly path?: Path
    }

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

/** Whether no listener serves the url, and this one is the first and so has to reject it. */
const isUnserved = (http: AnyServer, own: MarkedListener, url: string | undefined): boolean => {
  const all = http.listeners('upgrade') as MarkedListener[]
  return all[0] === own && all.every((listener) => listener[ownPath] && !listener[ownPath](url))
}

const createOwnServer = (): HttpServer =>
  createServer((_req, res) => {
    const body = 'Upgrade Required: this port speaks WebSocket'
    res.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' }).end(body)
  })

/** The HTTP server that is listened on; `isOwn` when this library created it. */
interface ResolvedTarget {
  readonly http: AnyServer | undefined
  readonly isOwn: boolean
  readonly path: string | undefined
}

const resolveListenTarget = (target: ListenTarget): ResolvedTarget => {
  if (typeof target === 'object') {
    if ('port' in target && typeof target.port === 'number')
      return { http: createOwnServer(), isOwn: true, path: target.path }
    if ('server' in target && typeof target.server.on === 'function')
      return { http: target.server, isOwn: false, path: target.path }
    if ('noServer' in target) return { http: undefined, isOwn: false, path: target.path }
  }
  throw codedError(
    'invalid_option',
    `createSocketServer: expected { port }, { server } or { noServer: true }, got ${show(target)}.`,
  )
}

/** Adds the listener to `upgrade`. Returns a function that removes it. */
const listenToUpgrades = (http: AnyServer, match: PathMatcher, upgrade: HandleUpgrade): (() => void) => {
  const onUpgrade: MarkedListener & ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) = Object.assign(
    (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      const groups = match(req.url)
      if (groups && isFirstMatch(http, onUpgrade, req.url)) upgrade(req, socket, head, groups)
      else if (!groups && isUnserved(http, onUpgrade, req.url)) rejectUpgrade(socket, '404 Not Found')
    },
    { [ownPath]: match },
  )
  http.on('upgrade', onUpgrade)
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
  readonly backlog: number | undefined
  readonly upgrade: HandleUpgrade
  readonly report: Report
}

/** Creates the listener of a server, and starts to listen. @throws `invalid_option` for a malformed target */
export const createUpgradeListener = ({ target, backlog, upgrade, report }: UpgradeListenerConfig): UpgradeListener => {
  const { http, isOwn, path } = resolveListenTarget(target)
  const match = createPathMatcher(path)

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
  if (isOwn && 'port' in target) {
    http.on('error', (error) =>
      report({ code: 'listen_failed', message: `Listening failed: ${messageOf(error)}`, error }),
    )
    http.listen(target.port, target.host, backlog)
  }
  // The failure is reported above, also when nothing awaits `ready`.
  ready.catch(() => {})

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
