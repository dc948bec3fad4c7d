import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { WebSocket } from 'ws'
import type { ClientRequests } from '../rpc/clientRequests.js'
import { pushNotification } from '../rpc/messages.js'
import { validateOrReport } from '../schema.js'
import type { ServerConnection, ServerProblem } from '../types.js'
import { checkCloseCode, OPEN_STATE } from './closing.js'
import type { ConnectionEnding } from './connectionEnding.js'
import type { MessageSource } from './messageSource.js'
import type { ServerOutbound } from './outbound.js'
import { toPacket } from './packets.js'
import type { ServerSocket } from './serverSocket.js'
import type { ConnectionSubscriptions } from './subscriptions.js'
import { listSubscriptions, type SubscriptionStore } from './subscriptionStore.js'

/** What changes while a connection exists. The view shows it; the parts of the connection change it. */
export interface ConnectionState extends SubscriptionStore {
  /** The number of packets that were dropped. */
  dropped: number
  /** What the app keeps for the connection. Created when it is first read. */
  data: Record<string, unknown> | undefined
  /** The controller of `connection.signal`. Created when the signal is first read: most never are. */
  closed: AbortController | undefined
}

/** Creates the state of a connection that has just begun. */
export const createConnectionState = (): ConnectionState => ({
  dropped: 0,
  data: undefined,
  subscriptions: undefined,
  lastEnded: 0,
  subscriptionBytes: 0,
  claimed: 0,
  authorizing: undefined,
  rights: 0,
  isClosed: false,
  closed: undefined,
})

const signalOf = (state: ConnectionState): AbortSignal => {
  state.closed ??= new AbortController()
  if (state.isClosed) state.closed.abort()
  return state.closed.signal
}

/**
 * A connection as the app sees it. A class because of its prototype: getters of an object literal would give each connection a shape of its own,
 * which takes more memory than all its values.
 */
export class ConnectionView implements Pick<
  ServerConnection,
  'id' | 'ip' | 'ws' | 'isOpen' | 'isSuspended' | 'data' | 'bufferedAmount' | 'dropped' | 'subscriptions' | 'signal'
> {
  readonly id: string
  readonly ip: string
  readonly ws: WebSocket
  readonly #socket: ServerSocket
  readonly #state: ConnectionState

  /** `ws` is what the app sees, `socket` what the connection sends on: with a session it outlives the other. */
  constructor(id: string, ip: string, ws: ServerSocket, socket: ServerSocket, state: ConnectionState) {
    this.id = id
    this.ip = ip
    // The type of the usual socket; `attach` may have been given another one.
    this.ws = ws as WebSocket
    this.#socket = socket
    this.#state = state
  }

  get signal() {
    return signalOf(this.#state)
  }

  get isOpen() {
    return this.#socket.readyState === OPEN_STATE
  }

  get isSuspended() {
    return this.isOpen && this.ws.readyState !== OPEN_STATE
  }

  get data() {
    return (this.#state.data ??= {})
  }

  get bufferedAmount() {
    return this.#socket.bufferedAmount
  }

  get dropped() {
    return this.#state.dropped
  }

  get subscriptions() {
    return listSubscriptions(this.#state)
  }

  /** What a log shows: nothing of the request, whose url and headers may contain a secret. */
  toJSON() {
    const { id, ip, isOpen } = this
    return { id, ip, isOpen }
  }

  [inspect.custom]() {
    return this.toJSON()
  }
}

/** What the functions of a connection work on. */
export interface ConnectionFunctionsConfig extends Pick<ServerConnection, 'user' | 'params'> {
  readonly socket: ServerSocket
  readonly req: IncomingMessage
  readonly outbound: ServerOutbound
  readonly subscriptions: ConnectionSubscriptions
  readonly requests: ClientRequests
  readonly messages: MessageSource<unknown>
  readonly sendSchema: StandardSchemaV1 | undefined
  readonly ending: ConnectionEnding
  /** Resolves with whether the client has acknowledged all that was sent so far; `undefined` without a session. */
  readonly flush: (() => Promise<boolean>) | undefined
  readonly report: (code: string, message: string, error?: unknown) => void
}

/** Creates the members of a connection that its view does not have. */
export const createConnectionFunctions = (
  config: ConnectionFunctionsConfig,
): Omit<ServerConnection, keyof ConnectionView> => {
  const { socket, req, user, params, outbound, subscriptions, requests, messages } = config

  const validation = {
    sendSchema: config.sendSchema,
    report: ({ code, message, error }: ServerProblem) => config.report(code, message, error),
  }
  const send = (value: unknown): boolean => {
    const valid = validateOrReport(validation, value)
    return valid !== undefined && outbound.sendValue(valid.value)
  }

  return {
    user,
    params,
    req,
    protocol: socket.protocol,
    messages,
    onMessage: messages.onType,
    send,
    sendRaw: (frame) => outbound.sendPacket(toPacket(frame)),
    emit: (type, payload) => send({ type, payload }),
    push: (channel, data) => {
      const ids = subscriptions.list().filter((subscription) => subscription.channel === channel)
      if (ids.length === 0) return outbound.sendValue(pushNotification(channel, data))
      return ids.map(({ id }) => subscriptions.push(id, data)).every(Boolean)
    },
    request: async (method, requestParams, options = {}) => await requests.send(method, requestParams, options),
    subscribe: (channel, given) => {
      const subscription = subscriptions.reserve(channel, given)
      if (subscription) subscriptions.start(subscription)
      return subscription?.id
    },
    unsubscribe: (id) => subscriptions.revoke(id),
    flush: async () => (await config.flush?.()) ?? false,
    close: (code = 1000, reason = '') => {
      checkCloseCode(code)
      config.ending.close(code, reason)
    },
    terminate: () => config.ending.terminate(),
  }
}
