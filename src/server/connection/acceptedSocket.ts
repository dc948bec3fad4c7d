import type { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { after, type Cancel } from '../../internal/clock.js'
import type { ReceivedFrame } from '../../internal/bytes.js'
import { detailsOf, memberOf, messageOf } from '../../internal/errors.js'
import { isControl } from '../../internal/sessionFrames.js'
import type { ServerContext } from '../context.js'
import type { SessionConnection } from '../session/sessions.js'
import { closeWithin, endReasonOf, setEndReason } from './closing.js'
import type { FrameQueue } from './frameQueue.js'
import type { IdleTimer } from './liveness.js'
import { reportPeer } from './peerReports.js'
import type { InternalConnection } from './serverConnection.js'
import type { ServerSocket } from './serverSocket.js'

/** What a frame queue calls back with; the socket is set once it exists, and before the first frame. */
export interface FrameOwner {
  readonly ws: ServerSocket
  socket: AcceptedSocket | undefined
}

/** A socket that was upgraded, until it closes. */
export interface AcceptedSocket {
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
export const dismiss = (closeTimeout: number, { ws, frames }: AcceptedSocket, code: number, reason: string): void => {
  frames.stop()
  closeWithin(ws, code, reason, closeTimeout)
}

/** What {@link listenToSocket} needs. */
export interface SocketListenerConfig extends Pick<ServerContext, 'limits' | 'report' | 'metrics'> {
  readonly onClosed: (socket: AcceptedSocket, code: number, reason: string) => void
}

/** The bytes of a message of a socket; of a string its UTF-16 units. */
const sizeOfMessage = (data: unknown): number => {
  const { length, byteLength: bytes = length } = data as { readonly length?: number; readonly byteLength?: number }
  return bytes ?? 0
}

/** Converts a message of a socket to the frame that codecs take. The `binaryType` of the socket must be `arraybuffer`. */
const toReceivedFrame = (data: unknown, isBinary: boolean): ReceivedFrame =>
  isBinary ? (data as ArrayBuffer) : (data as Buffer).toString()

/** The errors of `ws` about one message, which close the socket with 1009 or 1007. A session must not get that message again for ever. */
const unreadable: ReadonlySet<unknown> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_INVALID_UTF8',
  'Z_DATA_ERROR',
])

const isUnreadable = (error: Error): boolean => unreadable.has(memberOf(error, 'code'))

/** Returns the connection of a socket, if its client was admitted. */
export const connectionOf = ({ connection, session }: AcceptedSocket): InternalConnection | undefined =>
  connection ?? session?.connection()

/** Listens to all that a socket emits until it closes. */
export const listenToSocket = (state: SocketListenerConfig, socket: AcceptedSocket): void => {
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
  ws.on('close', (code, reason) => state.onClosed(socket, code, reason.toString()))
}
