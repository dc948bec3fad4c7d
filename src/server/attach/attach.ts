import type { IncomingMessage } from 'node:http'
import { codedError, show } from '../../internal/errors.js'
import { isFunction } from '../../internal/optionChecks.js'
import { chooseSubprotocol } from '../codecs.js'
import type { SocketAcceptor } from '../connection/acceptSocket.js'
import { closeWithin } from '../connection/closing.js'
import type { Negotiation, ServerRequest, ServerSocket } from '../connection/serverSocket.js'
import type { ServerContext } from '../context.js'
import type { LimitConnections } from '../http/connectionLimits.js'
import { createPathMatcher } from '../http/path.js'
import type { Limits } from '../limits.js'

/** Takes sockets that another server has upgraded. */
export interface SocketAttacher {
  readonly negotiate: (request: ServerRequest) => Negotiation
  readonly attach: (socket: ServerSocket, request: ServerRequest) => void
  readonly limits: Pick<Limits, 'maxPayload' | 'maxBufferedBytes' | 'pingInterval'>
}

/** What {@link createSocketAttacher} needs. */
export interface SocketAttacherConfig {
  readonly context: Pick<ServerContext, 'options' | 'limits' | 'codecs' | 'emit'>
  readonly acceptor: Pick<SocketAcceptor, 'accept'>
  readonly limitConnections: LimitConnections
  readonly isClosing: () => boolean
}

/** The `readyState` of a socket that has closed (WHATWG WebSockets). */
const CLOSED = 3

const neededMembers = ['on', 'once', 'send', 'close', 'terminate'] as const

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether a value has the members of a request. The headers of a `Request` of the Fetch standard are a map. */
const isRequest = (request: Partial<ServerRequest> | null | undefined): boolean =>
  isObject(request?.headers) && isObject(request.socket) && !isFunction(Reflect.get(request.headers, 'get'))

/** @throws `invalid_option` */
const checkAttached = (socket: ServerSocket | null | undefined, request: ServerRequest): void => {
  const given: Partial<ServerSocket> = socket ?? {}
  const missing = neededMembers.find((name) => !isFunction(given[name]))
  if (missing) {
    const expected = 'expected a socket of ws, or the "socket" of createServerSocket()'
    throw codedError('invalid_option', `server.attach: ${expected}, got ${show(socket)} without "${missing}".`)
  }
  if (isRequest(request)) return
  const expected = 'expected a request of Node, or the result of fromFetchRequest()'
  throw codedError('invalid_option', `server.attach: ${expected}, got ${show(request)}.`)
}

/** Returns the subprotocols that a client offers. */
const offeredBy = ({ headers }: ServerRequest): ReadonlySet<string> =>
  new Set(
    String(headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )

/** Creates the attacher of a server. */
export const createSocketAttacher = ({
  context,
  acceptor,
  limitConnections,
  isClosing,
}: SocketAttacherConfig): SocketAttacher => {
  const { options, limits, codecs, emit } = context
  const attached = new WeakSet<ServerSocket>()
  const match = createPathMatcher(options.path)
  const { maxPayload, maxBufferedBytes, pingInterval } = limits
  return {
    limits: { maxPayload, maxBufferedBytes, pingInterval },
    negotiate: (request) => {
      if (isClosing()) return { status: 503, protocol: '' }
      if (!match(request.url)) return { status: 404, protocol: '' }
      const chosen = chooseSubprotocol(codecs, offeredBy(request), limits.session !== undefined)
      return { status: 101, protocol: chosen || '' }
    },
    attach: (socket, request) => {
      checkAttached(socket, request)
      if (attached.has(socket)) {
        const expected = 'expected a socket that was not attached before: attach each socket once'
        throw codedError('invalid_option', `server.attach: ${expected}, got one a second time.`)
      }
      attached.add(socket)
      // It would never report its close.
      if (socket.readyState === CLOSED) return
      const close = (code: number, reason: string) => {
        // An error that nothing listens to would end the process.
        socket.on('error', () => {})
        closeWithin(socket, code, reason, limits.closeTimeout)
      }
      const groups = match(request.url)
      if (isClosing()) return close(1012, 'the server restarts')
      if (!groups) return close(4404, 'nothing is served on this path')
      // The members that the server itself uses are those of ServerRequest; the app gets what it gave.
      const req = request as IncomingMessage
      const limited = limitConnections(req)
      if (!limited) return acceptor.accept(socket, req, groups)
      emit('refuse', limited.refused, req)
      close(limited.refused.code, limited.refused.reason)
    },
  }
}
