import type { IncomingMessage } from 'node:http'
import type { ServerContext } from '../context.js'
import { addressOf, createAddressCount, type AddressCount } from '../http/addresses.js'
import type { Admit, Refused } from '../http/admission.js'
import type { PendingAdmissions } from '../operations/pendingAdmissions.js'
import type { RefusedConnection } from '../SocketServer.js'
import { codecOfSession } from '../../internal/sessionFrames.js'
import type { Sessions } from '../session/sessions.js'
import {
  connectionOf,
  dismiss,
  listenToSocket,
  type AcceptedSocket,
  type FrameOwner,
  type SocketListenerConfig,
} from './acceptedSocket.js'
import { closeWithin, endReasonOf, OPEN_STATE } from './closing.js'
import { drainConnection } from './drain.js'
import { createFrameQueue, type FrameQueueConfig } from './frameQueue.js'
import type { ConnectionLifetime } from './lifetime.js'
import { createIdleTimer, createLiveness, type Liveness } from './liveness.js'
import { reportOverRate } from './peerReports.js'
import type { AdmittedSocket } from './serverConnection.js'
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

interface AcceptorState extends SocketAcceptorConfig, SocketListenerConfig {
  readonly sockets: Map<ServerSocket, AcceptedSocket>
  readonly addresses: AddressCount
  readonly liveness: Liveness
  readonly frameConfig: FrameQueueConfig<FrameOwner>
  /** That of sockets below a session, which has a rate of its own. */
  readonly unpacedConfig: FrameQueueConfig<FrameOwner>
  emptyWaiters: (() => void)[]
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
    onClosed: (...closed) => onSocketClosed(state, ...closed),
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
