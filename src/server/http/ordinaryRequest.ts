import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AnyServer } from './targetChecks.js'

/** Whether a request asks for a WebSocket. Other values of `Upgrade`, such as `h2c` of every Java HttpClient, are offers that a server may ignore (RFC 9110 section 7.8). */
export const isWebSocketUpgrade = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '')
    .toLowerCase()
    .split(',')
    .some((protocol) => protocol.trim() === 'websocket')

const declining = Symbol.for('reduplex.declinesUpgrade')

/** A server of Node 24.9 or later, which asks before it emits `upgrade`. */
interface AskingServer {
  shouldUpgradeCallback?: ((req: IncomingMessage) => boolean) & { readonly [declining]?: true }
}

/**
 * Lets a server that asks treat upgrades which nobody wants as ordinary requests. This is needed where it can be had: since Node 25 the body of a request with an
 * upgrade is no longer in the socket. Installed once for each HTTP server; without upgrade listeners it changes nothing.
 */
export const declineForeignUpgrades = (http: AnyServer, isWanted: (req: IncomingMessage) => boolean): void => {
  const server = http as AskingServer
  const original = server.shouldUpgradeCallback
  if (typeof original !== 'function' || original[declining]) return
  server.shouldUpgradeCallback = Object.assign(
    (req: IncomingMessage) => original.call(http, req) && (isWebSocketUpgrade(req) || isWanted(req)),
    { [declining]: true } as const,
  )
}

/** Returns a `Connection` header without the token that asks for the upgrade. */
const withoutUpgrade = (connection: string): string =>
  connection
    .split(',')
    .filter((token) => token.trim().toLowerCase() !== 'upgrade')
    .join(',')
    .trim()

/** Returns the head of a request as it came, without the wish to upgrade; `undefined` for one that cannot be written safely. */
const headOf = ({ method, url, httpVersion, rawHeaders }: IncomingMessage): string | undefined => {
  const lines = [`${method ?? 'GET'} ${url ?? '/'} HTTP/${httpVersion}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const raw = rawHeaders[index + 1] ?? ''
    const value = name.toLowerCase() === 'connection' ? withoutUpgrade(raw) : raw
    if (value !== '' || raw === '') lines.push(`${name}: ${value}`)
  }
  // Node's parser lets no line break through; with one a header could become two.
  return lines.some((line) => /[\r\n\0]/.test(line)) ? undefined : `${lines.join('\r\n')}\r\n\r\n`
}

type ConnectionListener = (this: AnyServer, socket: Duplex) => void

/** The socket of an HTTP server, with the response that is under way: of a request that came before on the same connection. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null
}

/**
 * Gives a socket to an HTTP server as a new connection. Only Node's own listener is called, which all servers share: those of the app have had the connection,
 * and would count it twice.
 */
const serveConnection = (http: AnyServer, socket: Duplex): void => {
  const [listener] = createServer().listeners('connection') as ConnectionListener[]
  // The end of an earlier response may have set the timeout of idle connections.
  if (socket instanceof Socket) socket.setTimeout(http.timeout)
  listener?.call(http, socket)
}

/** Serves bytes once the responses to earlier requests on the socket are out: the server would not put the next ones behind them. */
const serveInTurn = (http: AnyServer, socket: HttpSocket, bytes: Buffer): void => {
  const { _httpMessage: earlier } = socket
  if (!earlier) {
    if (socket.destroyed || !socket.writable) return
    socket.unshift(bytes)
    return serveConnection(http, socket)
  }
  // The server has removed its own listener.
  const onError = (): void => void socket.destroy()
  socket.on('error', onError)
  earlier.once('close', () => {
    socket.off('error', onError)
    serveInTurn(http, socket, bytes)
  })
}

/**
 * Serves a request with an upgrade that nobody wants as an ordinary request, as Node does without an `upgrade` listener: the request is put back into the
 * socket without its wish, and the socket is given to the HTTP server again. Returns false when that is not possible.
 */
export const serveAsOrdinaryRequest = (
  http: AnyServer,
  req: IncomingMessage,
  socket: Duplex,
  rest: Buffer,
): boolean => {
  const head = headOf(req)
  if (head === undefined) return false
  serveInTurn(http, socket, Buffer.concat([Buffer.from(head, 'latin1'), rest]))
  return true
}
