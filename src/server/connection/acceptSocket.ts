import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import { addressOf, createAddressCount, type AddressCount } from '../http/addresses.js'
import type { Admit, Refused } from '../http/admission.js'
import type { RefusedConnection } from '../SocketServer.js'
import { closeWithin, endReasonOf, OPEN_STATE, setEndReason } from './closing.js'
import { createFrameQueue, toReceivedFrame, type FrameQueue } from './frameQueue.js'
import type { ConnectionLifetime } from './lifetime.js'
import { createIdleTimer, createLiveness, type IdleTimer, type Liveness } from './liveness.js'
import type { InternalConnection } from './serverConnection.js'

/** Takes upgraded sockets: admits or refuses the client, and watches the socket until it closes. */
export interface SocketAcceptor {
  readonly accept: (ws: WebSocket, req: IncomingMessage, groups: Readonly<Record<string, string>>) => void
  /** All sockets that have not closed, those of refused clients included. */
  readonly sockets: ReadonlySet<WebSocket>
  /** Resolves when there is no socket. */
  readonly whenEmpty: () => Promise<void>
}

/** What {@link createSocketAcceptor} needs. */
export interface SocketAcceptorConfig extends Pick<ServerContext, 'limits' | 'report'> {
  readonly admit: Admit
  readonly lifetime: Pick<ConnectionLifetime, 'begin' | 'end'>
  readonly onRefused: (refused: RefusedConnection, req: IncomingMessage) => void
  readonly isClosing: () => boolean
}

/** How many frames may wait while a client is being admitted or a schema validates. */
const MAX_WAITING_FRAMES = 256
const MIN_WAITING_BYTES = 1024 * 1024

interface AcceptorState extends SocketAcceptorConfig {
  readonly sockets: Set<WebSocket>
  readonly addresses: AddressCount
  readonly liveness: Liveness
  emptyWaiters: (() => void)[]
}

interface AcceptedSocket {
  readonly ws: WebSocket
  readonly req: IncomingMessage
  readonly ip: string
  readonly frames: FrameQueue
  readonly idle: IdleTimer
  readonly markAlive: () => void
  readonly leaveAddress: () => void
  /** Aborted when the client disconnects before it was admitted. */
  deciding: AbortController | undefined
  connection: InternalConnection | undefined
}

const createFrames = (ws: WebSocket, { maxPayload, closeTimeout }: AcceptorState['limits']): FrameQueue =>
  createFrameQueue({
    maxFrames: MAX_WAITING_FRAMES,
    maxBytes: Math.max(MIN_WAITING_BYTES, maxPayload),
    onOverflow: () => closeWithin(ws, 4429, 'too many messages wait', closeTimeout),
  })

const onSocketClosed = (state: AcceptorState, socket: AcceptedSocket, code: number, reason: string): void => {
  const { sockets, emptyWaiters } = state
  sockets.delete(socket.ws)
  if (sockets.size === 0) {
    state.emptyWaiters = []
    for (const resolve of emptyWaiters) resolve()
  }
  socket.leaveAddress()
  socket.idle.stop()
  socket.deciding?.abort()
  if (socket.connection) state.lifetime.end(socket.connection, code, endReasonOf(socket.ws) || reason)
}

const reportPeer = (
  state: AcceptorState,
  { connection }: AcceptedSocket,
  message: string,
  ...[error]: readonly Error[]
): void =>
  state.report({
    code: 'peer_error',
    message,
    ...(error && { error }),
    ...(connection && { connection: connection.view }),
  })

const listenToSocket = (state: AcceptorState, socket: AcceptedSocket): void => {
  const { ws, frames, idle, markAlive } = socket
  ws.binaryType = 'arraybuffer'
  ws.on('message', (data, isBinary) => {
    markAlive()
    idle.restart()
    // A message that arrives after our close frame is ignored.
    if (ws.readyState === OPEN_STATE) frames.push(toReceivedFrame(data, isBinary))
  })
  ws.on('error', (error) => {
    setEndReason(ws, messageOf(error))
    reportPeer(state, socket, `The socket reported an error: ${messageOf(error)}.`, error)
  })
  // After a ping above its limit `ws` has disconnected the client without an event.
  ws.on('ping', () => {
    if (!socket.req.socket.destroyed || endReasonOf(ws) !== undefined) return
    setEndReason(ws, 'too many pings')
    reportPeer(
      state,
      socket,
      'A client sent ping frames without reading the pongs ("maxPendingAutoPongs"): disconnected.',
    )
  })
  ws.on('close', (code, reason) => onSocketClosed(state, socket, code, reason.toString()))
}

const refuseClient = (state: AcceptorState, { ws, req, ip }: AcceptedSocket, { code, reason }: Refused): void => {
  state.onRefused({ code, reason, ip }, req)
  closeWithin(ws, code, reason, state.limits.closeTimeout)
}

const admitClient = async (
  state: AcceptorState,
  socket: AcceptedSocket,
  groups: Readonly<Record<string, string>>,
): Promise<void> => {
  const { ws, req, ip, frames, idle } = socket
  const deciding = new AbortController()
  socket.deciding = deciding
  const decision = await state.admit(req, groups, deciding.signal)
  socket.deciding = undefined
  if (ws.readyState !== OPEN_STATE) return
  if (state.isClosing()) return closeWithin(ws, 1012, 'the server restarts', state.limits.closeTimeout)
  if ('code' in decision) return refuseClient(state, socket, decision)
  const { user, params } = decision
  socket.connection = state.lifetime.begin({ ws, req, ip, user, params, frames, onSent: idle.restart })
}

const acceptSocket = (
  state: AcceptorState,
  ws: WebSocket,
  req: IncomingMessage,
  groups: Readonly<Record<string, string>>,
): void => {
  const { limits, addresses, liveness } = state
  const ip = addressOf(req, limits.proxies)
  const { count, leave } = addresses.enter(ip)
  const socket: AcceptedSocket = {
    ws,
    req,
    ip,
    frames: createFrames(ws, limits),
    idle: createIdleTimer(limits.idleTimeout, () => closeWithin(ws, 1000, 'idle', limits.closeTimeout)),
    markAlive: liveness.watch(ws),
    leaveAddress: leave,
    deciding: undefined,
    connection: undefined,
  }
  state.sockets.add(ws)
  listenToSocket(state, socket)
  if (count <= limits.maxConnectionsPerIp) void admitClient(state, socket, groups)
  else refuseClient(state, socket, { code: 4429, reason: 'too many connections from one address' })
}

/** Creates the acceptor of a server. */
export const createSocketAcceptor = (config: SocketAcceptorConfig): SocketAcceptor => {
  const state: AcceptorState = {
    ...config,
    sockets: new Set(),
    addresses: createAddressCount(),
    liveness: createLiveness(config.limits.pingInterval),
    emptyWaiters: [],
  }
  return {
    accept: (ws, req, groups) => acceptSocket(state, ws, req, groups),
    sockets: state.sockets,
    whenEmpty: async () => {
      if (state.sockets.size > 0) await new Promise<void>((resolve) => state.emptyWaiters.push(resolve))
    },
  }
}
