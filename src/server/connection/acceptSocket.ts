import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { after } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import { addressOf, createAddressCount, type AddressCount } from '../http/addresses.js'
import type { Admit, Refused } from '../http/admission.js'
import type { RefusedConnection } from '../SocketServer.js'
import { closeWithin, endWithin, OPEN_STATE } from './closing.js'
import { createFrameQueue, toReceivedFrame, type FrameQueue } from './frameQueue.js'
import type { ConnectionLifetime } from './lifetime.js'
import { createIdleTimer, createLiveness, type IdleTimer, type Liveness } from './liveness.js'
import { createOverrun, createPace } from './pace.js'
import type { InternalConnection } from './serverConnection.js'

/** Takes upgraded sockets: admits or refuses the client, and watches the socket until it closes. */
export interface SocketAcceptor {
  readonly accept: (ws: WebSocket, req: IncomingMessage, groups: Readonly<Record<string, string>>) => void
  /** Returns the number of all sockets. */
  readonly count: () => number
  /** Returns all sockets that have not closed, those of refused clients included. */
  readonly sockets: () => readonly WebSocket[]
  /** Resolves when there is no socket. */
  readonly whenEmpty: () => Promise<void>
  /** Drops all frames that still wait, so that connections whose sockets have closed end. */
  readonly dropFrames: () => void
}

/** What {@link createSocketAcceptor} needs. */
export interface SocketAcceptorConfig extends Pick<ServerContext, 'limits' | 'report'> {
  readonly admit: Admit
  readonly lifetime: Pick<ConnectionLifetime, 'begin' | 'end'>
  readonly onRefused: (refused: RefusedConnection, req: IncomingMessage) => void
  readonly isClosing: () => boolean
}

/** The bytes that may wait beside the largest message: a chunk of the socket, which may be compressed. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** How long the frames of a socket that has closed may still wait for the app. */
const DRAIN_TIMEOUT = 30_000

interface AcceptorState extends SocketAcceptorConfig {
  readonly sockets: Map<WebSocket, AcceptedSocket>
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

/** The parts that the frames of a socket call back. */
interface FrameCallbacks {
  readonly onOverRate: () => void
  readonly refuse: (reason: string) => void
}

const createFrames = (
  ws: WebSocket,
  { maxPayload, rate }: AcceptorState['limits'],
  { onOverRate, refuse }: FrameCallbacks,
): FrameQueue =>
  createFrameQueue({
    pace: rate && createPace(rate),
    overrun: rate && createOverrun(rate.patience),
    maxBytes: maxPayload + MAX_WAITING_BYTES,
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    onOverRate,
    onImpatient: () => refuse(`More than ${rate?.perSecond} messages a second`),
    onOverflow: () => refuse('too many messages wait'),
  })

/** Stops listening to a client, and closes its connection. */
const dismiss = (state: AcceptorState, { ws, frames }: AcceptedSocket, code: number, reason: string): void => {
  frames.stop()
  closeWithin(ws, code, reason, state.limits.closeTimeout)
}

const endSocket = (state: AcceptorState, socket: AcceptedSocket, code: number, reason: string): void => {
  const { sockets, emptyWaiters } = state
  sockets.delete(socket.ws)
  socket.leaveAddress()
  if (socket.connection) state.lifetime.end(socket.connection, code, reason)
  if (sockets.size > 0) return
  state.emptyWaiters = []
  for (const resolve of emptyWaiters) resolve()
}

const onSocketClosed = (state: AcceptorState, socket: AcceptedSocket, code: number, reason: string): void => {
  const { frames } = socket
  socket.idle.stop()
  socket.deciding?.abort()
  // A client that was not admitted has no connection that could process its frames.
  if (!socket.connection) frames.stop()
  frames.hurry()
  const cancel = after(DRAIN_TIMEOUT, frames.stop)
  frames.whenIdle(() => {
    cancel()
    endSocket(state, socket, code, reason)
  })
}

const listenToSocket = (state: AcceptorState, socket: AcceptedSocket): void => {
  const { ws, frames, idle, markAlive } = socket
  ws.binaryType = 'arraybuffer'
  endWithin(ws, socket.req.socket, state.limits.closeTimeout)
  ws.on('message', (data, isBinary) => {
    markAlive()
    idle.restart()
    // Messages that arrive after our close frame count until the client's own (RFC 6455 section 1.4), unless the frames were stopped.
    frames.push(toReceivedFrame(data, isBinary))
  })
  ws.on('error', (error) => {
    const { connection } = socket
    const message = `The socket reported an error: ${messageOf(error)}.`
    state.report({ code: 'peer_error', message, error, ...(connection && { connection: connection.view }) })
  })
  ws.on('close', (code, reason) => onSocketClosed(state, socket, code, reason.toString()))
}

const reportOverRate = (state: AcceptorState, { connection }: AcceptedSocket): void => {
  const { perSecond, bytesPerSecond } = state.limits.rate!
  const message = `A client sends more than ${perSecond} messages or ${bytesPerSecond} bytes a second ("rate"): it is read more slowly.`
  state.report({ code: 'rate_limited', message, ...(connection && { connection: connection.view }) })
}

const refuseClient = (state: AcceptorState, socket: AcceptedSocket, { code, reason }: Refused): void => {
  state.onRefused({ code, reason, ip: socket.ip }, socket.req)
  dismiss(state, socket, code, reason)
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
  if (state.isClosing()) return dismiss(state, socket, 1012, 'the server restarts')
  if ('code' in decision) return refuseClient(state, socket, decision)
  const { user, params } = decision
  socket.connection = state.lifetime.begin({
    ws,
    req,
    ip,
    user,
    params,
    frames,
    onSent: idle.restart,
  })
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
  const frames = createFrames(ws, limits, {
    onOverRate: () => reportOverRate(state, socket),
    refuse: (reason) => dismiss(state, socket, 4429, reason),
  })
  const socket: AcceptedSocket = {
    ws,
    req,
    ip,
    frames,
    idle: createIdleTimer(limits.idleTimeout, () => closeWithin(ws, 1000, 'idle', limits.closeTimeout)),
    markAlive: liveness.watch(ws),
    leaveAddress: leave,
    deciding: undefined,
    connection: undefined,
  }
  state.sockets.set(ws, socket)
  listenToSocket(state, socket)
  if (count <= limits.maxConnectionsPerIp) void admitClient(state, socket, groups)
  else refuseClient(state, socket, { code: 4429, reason: 'too many connections from one address' })
}

/** Creates the acceptor of a server. */
export const createSocketAcceptor = (config: SocketAcceptorConfig): SocketAcceptor => {
  const state: AcceptorState = {
    ...config,
    sockets: new Map(),
    addresses: createAddressCount(),
    liveness: createLiveness(config.limits.pingInterval),
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
