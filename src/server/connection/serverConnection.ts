import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { REQUEST_CANCELLED } from '../../internal/jsonRpc.js'
import { codecFor, createConnectionCodec, type ConnectionCodec } from '../codecs.js'
import type { ServerContext } from '../context.js'
import type { Admitted } from '../http/admission.js'
import type { Identity } from '../operations/identity.js'
import { createCallSignals, type CallSignals } from '../rpc/callSignals.js'
import { createClientRequests, type ClientRequests } from '../rpc/clientRequests.js'
import { endedNotification } from '../rpc/messages.js'
import { createRunningCalls, type RunningCalls } from '../rpc/runningCalls.js'
import type { ServerConnection } from '../types.js'
import type { Channels } from './channels.js'
import { ConnectionEnding } from './connectionEnding.js'
import {
  ConnectionView,
  createConnectionFunctions,
  createConnectionState,
  type ConnectionState,
} from './connectionView.js'
import type { FrameHandling } from '../session/frameHandling.js'
import type { FrameQueue } from './frameQueue.js'
import { createMessageSource, type MessageSource } from './messageSource.js'
import { ServerOutbound } from './outbound.js'
import type { PendingPacket } from './packets.js'
import type { ServerSocket } from './serverSocket.js'
import { ConnectionSubscriptions } from './subscriptions.js'

/** A connection with the parts that only the server uses. */
export interface InternalConnection {
  /** The connection as the app sees it. */
  readonly view: ServerConnection
  readonly codec: ConnectionCodec
  readonly outbound: ServerOutbound
  /** That of `outbound`. */
  readonly sendPacket: (packet: PendingPacket) => boolean
  /** That of `outbound`. */
  readonly sendValue: (value: unknown) => boolean
  readonly messages: MessageSource<unknown>
  readonly subscriptions: ConnectionSubscriptions
  readonly requests: ClientRequests
  readonly calls: RunningCalls
  /** The user of the client, and when the authorisation ends. A resume of its session may change it. */
  identity: Identity
  /** Reports a problem of this connection. */
  readonly report: (code: string, message: string, error?: unknown) => void
  /** What the connection sends on. With a session it outlives the WebSockets below it. */
  readonly socket: ServerSocket
  readonly frames: FrameQueue
  /** Knows when the frames of a session are handled; `undefined` without one. */
  readonly handling: FrameHandling | undefined
  readonly ending: ConnectionEnding
  /** Aborts the signals of the connection, ends its subscriptions and cancels the calls that wait: its socket has closed. */
  readonly abort: () => void
}

/** A socket whose client was admitted. */
export interface AdmittedSocket extends Admitted {
  readonly ws: ServerSocket
  readonly req: IncomingMessage
  readonly ip: string
  /** The frames that have arrived so far. */
  readonly frames: FrameQueue
  /** Called for each packet that is sent. */
  readonly onSent: () => void
  /** What a connection with a session has beside that; its `ws` is the socket of the session. */
  readonly kept?: {
    /** The id of the connection. */
    readonly id: string
    /** What the app keeps for the connection. */
    readonly data: Record<string, unknown> | undefined
    /** The WebSocket of the client. */
    readonly client: ServerSocket
    readonly handling: FrameHandling
    readonly flush: () => Promise<boolean>
  }
}

const endedByServer = { code: REQUEST_CANCELLED, message: 'The server ended the subscription' }

const toItem = (message: unknown): unknown => message

/** The parts of a connection that are created when they are first needed: most connections never need them. */
interface LazyParts {
  signals: CallSignals | undefined
}

const callSignalsOf = (parts: LazyParts): CallSignals => (parts.signals ??= createCallSignals())

// Copied through bytes: randomUUID joins many small strings, which would stay in memory (half a KiB each).
const createId = (): string => Buffer.from(randomUUID()).toString()

/** What the calls of a connection share. Its request changes when its session is resumed. */
class CallBase {
  readonly connection: ServerConnection

  constructor(connection: ServerConnection) {
    this.connection = connection
  }

  get req() {
    return this.connection.req
  }

  get ws() {
    return this.connection.ws
  }

  get user() {
    return this.connection.user
  }

  get params() {
    return this.connection.params
  }

  get ip() {
    return this.connection.ip
  }
}

const createCalls = (
  connection: ServerConnection,
  { limits, work }: ServerContext,
  lazy: LazyParts,
  handling: FrameHandling | undefined,
): RunningCalls =>
  createRunningCalls({
    base: new CallBase(connection),
    signals: { create: () => callSignalsOf(lazy).create() },
    work,
    limit: limits.maxPending,
    maxWaiting: limits.maxWaiting,
    maxBytes: limits.maxPendingBytes,
    isRedelivered: handling && (() => handling.info.isRedelivered),
  })

interface AbortedParts extends Pick<InternalConnection, 'subscriptions' | 'calls'> {
  readonly state: ConnectionState
  readonly lazy: LazyParts
}

const abortParts = ({ state, lazy, subscriptions, calls }: AbortedParts): void => {
  state.isClosed = true
  state.closed?.abort()
  callSignalsOf(lazy).abortAll()
  calls.end()
  subscriptions.endAll()
}

/** Creates the connection of an admitted socket. */
export const createServerConnection = (
  socket: AdmittedSocket,
  context: ServerContext,
  channels: Channels,
): InternalConnection => {
  const { options, limits, codecs, sendSchema, work, metrics, report: reportProblem } = context
  const { ws, req, ip, user, identity, params, frames, onSent, kept } = socket
  const codec = createConnectionCodec(codecFor(codecs, ws.protocol))
  const state = createConnectionState()
  state.data = kept?.data
  // The functions of the view are added below, from parts that report problems of the view.
  const view = new ConnectionView(kept?.id ?? createId(), ip, kept?.client ?? ws, ws, state) as ConnectionView &
    ServerConnection
  const report: InternalConnection['report'] = (code, message, error) =>
    reportProblem({ code, message, connection: view, ...(error !== undefined && { error }) })
  const outbound = new ServerOutbound({ ws, codec, limits, report, onSent, counters: state, metrics })
  const sendPacket: InternalConnection['sendPacket'] = (packet) => outbound.sendPacket(packet)
  const sendValue: InternalConnection['sendValue'] = (value) => outbound.sendValue(value)
  const subscriptions = new ConnectionSubscriptions({
    store: state,
    channels,
    to: { connection: view, codec, sendPacket },
    encode: (value) => outbound.encode(value),
    limits,
    work,
    onRevoked: (subscription) => void sendValue(endedNotification(subscription, endedByServer)),
    onRefused: (subscription, error) => void sendValue(endedNotification(subscription, error)),
    mayBeAskedAgain: options.authorizeChannel !== undefined && (kept !== undefined || options.authorize !== undefined),
  })
  const requests = createClientRequests(sendValue, limits.maxPending)
  // The handler may start to read late.
  const messages = createMessageSource({ toItem, keepsFirst: options.handler !== undefined })
  const { closeTimeout } = limits
  const lazy: LazyParts = { signals: undefined }
  const calls = createCalls(view, context, lazy, kept?.handling)
  const ending = new ConnectionEnding({ ws, frames, calls, outbound, closeTimeout })
  const parts = { outbound, subscriptions, requests, messages, sendSchema, ending, report }
  Object.assign(view, createConnectionFunctions({ socket: ws, req, user, params, flush: kept?.flush, ...parts }))
  const abort = (): void => abortParts({ state, lazy, calls, subscriptions })
  // Not spread: an object of its own shape for each connection takes more memory than all that is in it.
  return {
    outbound,
    sendPacket,
    sendValue,
    view,
    codec,
    socket: ws,
    frames,
    handling: kept?.handling,
    messages,
    subscriptions,
    requests,
    calls,
    identity,
    report,
    ending,
    abort,
  }
}
