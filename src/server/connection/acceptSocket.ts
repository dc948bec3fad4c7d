import type { IncomingMessage } from 'node:http'
import { after, type Cancel } from '../../internal/clock.js'
import { detailsOf, memberOf, messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import { addressOf, createAddressCount, type AddressCount } from '../http/addresses.js'
import type { Admit, Refused } from '../http/admission.js'
import type { PendingAdmissions } from '../operations/pendingAdmissions.js'
import type { RefusedConnection } from '../SocketServer.js'
import { codecOfSession, isControl } from '../../internal/sessionFrames.js'
import type { SessionConnection, Sessions } from '../session/sessions.js'
import { closeWithin, endReasonOf, OPEN_STATE, setEndReason } from './closing.js'
import { drainConnection } from './drain.js'
import {
  createFrameQueue,
  sizeOfMessage,
  toReceivedFrame,
  type FrameQueue,
  type FrameQueueConfig,
} from './frameQueue.js'
import type { ConnectionLifetime } from './lifetime.js'
import { createIdleTimer, createLiveness, type IdleTimer, type Liveness } from './liveness.js'
import { reportOverRate, reportPeer } from './peerReports.js'
import type { AdmittedSocket, InternalConnection } from './serverConnection.js'
import type { ServerSocket } from './serverSocket.js'

/** Takes upgraded sockets: admits or refuses the client, and watches the socket until it closes. */
export interface SocketAcceptor {
  readonly accept: (ws: ServerSocket, req: IncomingMessage, groups: Readonly<Record<string, string>>) => void
  /** Returns the number of all sockets. */
  readonly count: () => number
  /** Returns all sockets that have not closed, those of refused clients included. */
  readonly sockets: () => readonly ServerSocket[]
  /** Resolves when there is no socket. */
  readonly whenEmpty: () => Promise<void>
  /** Drops all frames that still wait, so that connections whose sockets have closed end. */
  readonly dropFrames: () => void
}

/** What {@link createSocketAcceptor} needs. */
export interface SocketAcceptorConfig extends Pick<ServerContext, 'limits' | 'report' | 'metrics'> {
  readonly admit: Admit
  readonly beginAdmission: PendingAdmissions['begin']
  readonly lifetime: Pick<ConnectionLifetime, 'begin' | 'abort' | 'end' | 'finish'>
  /** `undefined` on a server without sessions. */
  readonly sessions: Pick<Sessions, 'open'> | undefined
  readonly onRefused: (refused: RefusedConnection, req: IncomingMessage) => void
  readonly isClosing: () => boolean
}

/** The bytes that may wait beside the largest message: a chunk of the socket, which may be compressed. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

interface AcceptorState extends SocketAcceptorConfig {
  readonly sockets: Map<ServerSocket, AcceptedSocket>
  readonly addresses: AddressCount
  readonly liveness: Liveness
  readonly frameConfig: FrameQueueConfig<FrameOwner>
  /** That of sockets below a session, which has a rate of its own. */
  readonly unpacedConfig: FrameQueueConfig<FrameOwner>
  emptyWaiters: (() => void)[]
}

/** What a frame queue calls back with; the socket is set once it exists, and before the first frame. */
interface FrameOwner {
  readonly ws: ServerSocket
  socket: AcceptedSocket | undefined
}

interface AcceptedSocket {
  readonly ws: ServerSocket
  readonly req: IncomingMessage
  readonly ip: string
  readonly frames: FrameQueue
  readonly idle: IdleTimer
  readonly markAlive: () => void
  readonly leaveAddress: () => void
  /** Aborted when the client disconnects before it was admitted. */
  deciding: AbortController | undefined
  connection: InternalConnection | undefined
  /** Set in place of the connection when the client has a session, whose connection outlives this socket. */
  session: SessionConnection | undefined
  cancelEnd: Cancel | undefined
}

/** Stops listening to a client, and closes its connection. */
const dismiss = (closeTimeout: number, { ws, frames }: AcceptedSocket, code: number, reason: string): void => {
  frames.stop()
  closeWithin(ws, code, reason, closeTimeout)
}

/** All frames of a socket that has closed are done. */
const forgetSocket = (state: AcceptorState, { ws }: AcceptedSocket): void => {
  const { sockets, emptyWaiters } = state
  sockets.delete(ws)
  if (sockets.size > 0) return
  state.emptyWaiters = []
  for (const resolve of emptyWaiters) resolve()
}

const onSocketClosed = (state: AcceptorState, socket: AcceptedSocket, code: number, reason: string): void => {
  const { frames, connection } = socket
  socket.idle.stop()
  socket.cancelEnd?.()
  socket.deciding?.abort()
  socket.session?.closed(code, endReasonOf(socket.ws) ?? reason)
  drainConnection({
    lifetime: state.lifetime,
    frames,
    connection,
    code,
    reason: () => endReasonOf(socket.ws) || reason,
    onEnd: socket.leaveAddress,
    onDrained: () => forgetSocket(state, socket),
  })
}

/** The errors of `ws` about one message, which close the socket with 1009 or 1007. A session must not get that message again for ever. */
const unreadable: ReadonlySet<unknown> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_INVALID_UTF8',
  'Z_DATA_ERROR',
])

const isUnreadable = (error: Error): boolean => unreadable.has(memberOf(error, 'code'))

const connectionOf = ({ connection, session }: AcceptedSocket): InternalConnection | undefined =>
  connection ?? session?.connection()

const listenToSocket = (state: AcceptorState, socket: AcceptedSocket): void => {
  const { ws, frames, idle, markAlive } = socket
  ws.binaryType = 'arraybuffer'
  // A client that has closed the connection may keep its TCP connection open after our answer. The request of an attached socket may have no such connection.
  const { socket: tcp } = socket.req as { readonly socket: Partial<IncomingMessage['socket']> }
  tcp.once?.('finish', () => {
    socket.cancelEnd = after(state.limits.closeTimeout, () => ws.terminate())
  })
  ws.on('message', (data, isBinary) => {
    markAlive()
    const frame = toReceivedFrame(data, isBinary)
    // The frames of a session are no traffic of the app.
    if (!socket.session || !isControl(frame)) {
      state.metrics?.onReceived(data)
      idle.restart()
    }
    // `ws` checks this itself; another socket may not.
    if (sizeOfMessage(data) > state.limits.maxPayload) {
      socket.session?.skip()
      return dismiss(state.limits.closeTimeout, socket, 1009, 'message too large')
    }
    // Messages that arrive after our close frame count until the client's own (RFC 6455 section 1.4), unless the frames were stopped.
    frames.push(frame)
  })
  ws.on('error', (error) => {
    setEndReason(ws, messageOf(error))
    if (isUnreadable(error)) socket.session?.skip()
    reportPeer(state.report, connectionOf(socket), `The socket reported an error: ${detailsOf(error)}.`, error)
  })
  // After a ping above its limit `ws` has disconnected the client without an event.
  ws.on('ping', () => {
    if (!socket.req.socket.destroyed || endReasonOf(ws) !== undefined) return
    setEndReason(ws, 'too many pings')
    reportPeer(
      state.report,
      connectionOf(socket),
      'A client sent ping frames without reading the pongs ("maxPendingAutoPongs"): disconnected.',
    )
  })
  ws.on('close', (code, reason) => onSocketClosed(state, socket, code, reason.toString()))
}

const refuseClient = (state: AcceptorState, socket: AcceptedSocket, { code, reason }: Refused): void => {
  state.onRefused({ code, reason, ip: socket.ip }, socket.req)
  dismiss(state.limits.closeTimeout, socket, code, reason)
}

const admitClient = async (
  state: AcceptorState,
  socket: AcceptedSocket,
  groups: Readonly<Record<string, string>>,
): Promise<void> => {
  const { ws, req, ip, frames, idle } = socket
  const deciding = new AbortController()
  socket.deciding = deciding
  const endAdmission = state.beginAdmission()
  const decision = endAdmission(await state.admit(req, groups, deciding.signal))
  socket.deciding = undefined
  if (ws.readyState !== OPEN_STATE) return
  if (state.isClosing()) return dismiss(state.limits.closeTimeout, socket, 1012, 'the server restarts')
  if ('code' in decision) return refuseClient(state, socket, decision)
  const admitted: AdmittedSocket = { ...decision, ws, req, ip, frames, onSent: idle.restart }
  if (hasSession(state, ws)) socket.session = state.sessions!.open(admitted)
  else socket.connection = state.lifetime.begin(admitted)
}

const hasSession = ({ sessions }: AcceptorState, { protocol }: ServerSocket): boolean =>
  sessions !== undefined && codecOfSession(protocol) !== undefined

const closeIdle = ({ limits }: AcceptorState, { ws, socket }: FrameOwner): void => {
  const connection = socket && connectionOf(socket)
  if (connection) closeWithin(connection.socket, 1000, 'idle', limits.closeTimeout)
  else closeWithin(ws, 1000, 'idle', limits.closeTimeout)
}

const acceptSocket = (
  state: AcceptorState,
  ws: ServerSocket,
  req: IncomingMessage,
  groups: Readonly<Record<string, string>>,
): void => {
  const { limits, addresses, liveness } = state
  const ip = addressOf(req, limits.proxies)
  const { count, leave } = addresses.enter(ip)
  const owner: FrameOwner = { ws, socket: undefined }
  const socket: AcceptedSocket = {
    ws,
    req,
    ip,
    frames: createFrameQueue(hasSession(state, ws) ? state.unpacedConfig : state.frameConfig, owner),
    idle: createIdleTimer(limits.idleTimeout, () => closeIdle(state, owner)),
    markAlive: liveness.watch(ws),
    leaveAddress: leave,
    deciding: undefined,
    connection: undefined,
    session: undefined,
    cancelEnd: undefined,
  }
  owner.socket = socket
  state.sockets.set(ws, socket)
  listenToSocket(state, socket)
  if (count <= limits.maxConnectionsPerIp) void admitClient(state, socket, groups)
  else refuseClient(state, socket, { code: 4429, reason: 'too many connections from one address' })
}

const createFrameConfig = (state: Pick<AcceptorState, 'limits' | 'report'>): AcceptorState['frameConfig'] => {
  const { maxPayload, rate, closeTimeout } = state.limits
  const refuse = ({ socket }: FrameOwner, reason: string) => socket && dismiss(closeTimeout, socket, 4429, reason)
  return {
    rate,
    maxBytes: maxPayload + MAX_WAITING_BYTES,
    pause: ({ ws }) => ws.pause?.(),
    resume: ({ ws }) => ws.resume?.(),
    onOverRate: ({ socket }) => reportOverRate(state, socket?.connection),
    onImpatient: (owner) => refuse(owner, `More than ${rate?.perSecond} messages a second`),
    onOverflow: (owner) => refuse(owner, 'too many messages wait'),
  }
}

/** Creates the acceptor of a server. */
export const createSocketAcceptor = (config: SocketAcceptorConfig): SocketAcceptor => {
  const frameConfig = createFrameConfig(config)
  const state: AcceptorState = {
    ...config,
    sockets: new Map(),
    addresses: createAddressCount(),
    liveness: createLiveness(config.limits.pingInterval),
    frameConfig,
    unpacedConfig: { ...frameConfig, rate: undefined },
    emptyWaiters: [],
  }
  return {
    accept: (ws, req, groups) => acceptSocket(state, ws, req, groups),
    count: () => state.sockets.size,
    sockets: () => [...state.sockets.keys()],
    whenEmpty: async () => {
      if (state.sockets.size > 0) await new Promise<void>((resolve) => state.emptyWaiters.push(resolve))
    },
    dropFrames: () => {
      for (const { frames } of Array.from(state.sockets.values())) frames.stop()
    },
  }
}
