import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { codedError, messageOf, show } from '../../internal/errors.js'
import { createPathMatcher, type PathMatcher } from './path.js'
import type { Report } from '../problems.js'

/** Where a server listens: on a port of its own, on the port of an HTTP server, or nowhere (then `handleUpgrade` is yours to call). */
export type Target<Path extends string = string> =
  | {
      /** 0 picks a free one. */
      readonly port: number
      /** Default: all addresses. */
      readonly host?: string
      /** The only path that is answered; a pattern such as `/rooms/:room` has groups. Default: every path. */
      readonly path?: Path
    }
  | {
      /** Its requests, and its upgrades for other paths, stay its own. Of several servers whose path fits the first takes an upgrade. */
      readonly server: HttpServer | HttpsServer
      /** As above. Default: `/ws`, like the client's. */
      readonly path?: Path
    }
  | {
      /** Nothing is listened to. */
      readonly noServer: true
      /** As above. Default: every path. */
      readonly path?: Path
    }

/** Takes an upgrade request whose address fits. */
export type TakeUpgrade = (
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  groups: Readonly<Record<string, string>>,
) => void

/** What listens. */
export interface Listener {
  readonly ready: Promise<void>
  readonly address: () => AddressInfo | string | null
  /** For an upgrade request that somebody else has received. */
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Takes no more connections. */
  readonly stop: () => void
  /** Cuts off what is left on a port of our own; resolves when it is free. */
  readonly finish: () => Promise<void>
}

/** Answers an upgrade request without upgrading. */
export const answerUpgrade = (socket: Duplex, status: string): void => {
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Marks a listener to `upgrade` as one of this library's, which leaves alone what is not its own. */
const mark = Symbol.for('reduplex.upgrade')
type UpgradeListener = ((...args: never) => unknown) & { readonly [mark]?: PathMatcher }

/** Whether this listener is the first of ours whose path fits: an upgrade that two took would throw out of the HTTP server. */
const isFirst = (http: HttpServer | HttpsServer, own: UpgradeListener, url: string | undefined): boolean =>
  (http.listeners('upgrade') as UpgradeListener[]).find((listener) => listener[mark]?.(url)) === own

/** Whether nobody at all will answer this request, and it falls to this listener to say so. */
const isLeftOver = (http: HttpServer | HttpsServer, own: UpgradeListener, url: string | undefined): boolean => {
  const all = http.listeners('upgrade') as UpgradeListener[]
  return all[0] === own && all.every((listener) => listener[mark] && !listener[mark](url))
}

const createOwnServer = (): HttpServer =>
  createServer((_req, res) => {
    const body = 'Upgrade Required: this port speaks WebSocket'
    res.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' }).end(body)
  })

const toTarget = (target: Target): { http?: HttpServer | HttpsServer; isOwn: boolean; path: string | undefined } => {
  if (typeof target === 'object') {
    if ('port' in target && typeof target.port === 'number')
      return { http: createOwnServer(), isOwn: true, path: target.path }
    if ('server' in target && typeof target.server.on === 'function')
      return { http: target.server, isOwn: false, path: target.path ?? '/ws' }
    if ('noServer' in target) return { isOwn: false, path: target.path }
  }
  throw codedError(
    'invalid_option',
    `createSocketServer: expected { port }, { server } or { noServer: true }, got ${show(target)}.`,
  )
}

/** Listens for upgrade requests. */
export const createListener = (
  target: Target,
  backlog: number | undefined,
  take: TakeUpgrade,
  report: Report,
): Listener => {
  const { http, isOwn, path } = toTarget(target)
  const match = createPathMatcher(path)

  const handleUpgrade: Listener['handleUpgrade'] = (req, socket, head) => {
    const groups = match(req.url)
    if (groups) take(req, socket, head, groups)
    else answerUpgrade(socket, '404 Not Found')
  }
  if (!http) {
    return { ready: Promise.resolve(), address: () => null, handleUpgrade, stop: () => {}, finish: async () => {} }
  }

  const onUpgrade: UpgradeListener & ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) = Object.assign(
    (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      const groups = match(req.url)
      if (groups && isFirst(http, onUpgrade, req.url)) take(req, socket, head, groups)
      else if (!groups && isLeftOver(http, onUpgrade, req.url)) answerUpgrade(socket, '404 Not Found')
    },
    { [mark]: match },
  )
  http.on('upgrade', onUpgrade)

  const ready = new Promise<void>((resolve, reject) => {
    if (http.listening) return resolve()
    http.once('listening', resolve)
    if (isOwn) http.once('error', reject)
  })
  if (isOwn && 'port' in target) {
    http.on('error', (error) =>
      report({ code: 'listen_failed', message: `Listening failed: ${messageOf(error)}`, error }),
    )
    http.listen(target.port, target.host, backlog)
  }
  // Whoever awaits it hears of it; whoever does not has the report.
  ready.catch(() => {})

  let closed: Promise<void> | undefined
  return {
    ready,
    address: () => http.address(),
    handleUpgrade,
    stop: () => {
      http.off('upgrade', onUpgrade)
      if (isOwn) closed ??= new Promise((resolve) => http.close(() => resolve()))
    },
    finish: async () => {
      if (!isOwn) return
      http.closeAllConnections()
      await closed
    },
  }
}
