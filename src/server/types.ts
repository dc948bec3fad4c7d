import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import type { Contract } from '../actions/contract.js'
import type { Codec } from '../codec/types.js'
import type { Frame } from '../internal/bytes.js'
import type { Problem } from '../internal/errors.js'

/** What one server's connections carry, by type. `receive` and `send` are this end's: a client's `send` is what is received here. */
export interface ServerTypes extends Contract {
  /** What `authorize` gave. */
  readonly user: unknown
  /** What `params` made of the query and the path's groups. */
  readonly params: unknown
}

/** A contract as the other end sees it: one definition serves client and server. */
export interface Mirror<C extends Contract> {
  /** What the other end receives. */
  readonly send: C['receive']
  /** What the other end sends. */
  readonly receive: C['send']
}

/** A codec that a client can ask for. Both functions may be asynchronous: what comes and goes keeps its order, later messages wait. */
export interface ServerCodec extends Codec<never> {
  /** The subprotocol (RFC 6455 section 1.9) that stands for this codec. Without one it is the codec of all who ask for none. */
  readonly subprotocol?: string
}

/** Something that went wrong, told to listeners of `error`. `code` is one of docs/errors.md. */
export interface ServerProblem extends Problem {
  /** What was thrown, where something was. */
  readonly error?: unknown
  /** Whose message or socket it was about, where it was about one. */
  readonly connection?: ServerConnection
}

/** Messages as they come, decoded and checked. JSON-RPC is not among them. */
export interface Messages<Message, Item, Sender> {
  /** Calls `listener` with each message; the function returned ends it. What it throws or rejects with is a `listener_failed`. */
  readonly forEach: (listener: (message: Message, sender: Sender) => unknown) => () => void
  /** Calls `listener` with the payload of each `{ type, payload }` of this very type; the function returned ends it. */
  readonly on: (type: string, listener: (payload: unknown, sender: Sender) => unknown) => () => void
  /**
   * In order, from now until the end: of the connection, or of the server. At most 1000 wait for a slow reader; after that the loop
   * throws `reader_too_slow`.
   */
  readonly [Symbol.asyncIterator]: () => AsyncIterableIterator<Item>
}

/** A live subscription of a connection. */
export interface Subscription {
  /** What `$/push` calls it: unique among the connection's own. */
  readonly id: string
  /** The channel it is to. */
  readonly channel: string
  /** What the subscriber gave along. */
  readonly params: unknown
}

/** How {@link ServerConnection.request} waits. */
export interface RequestOptions {
  /** Milliseconds until it is given up. @default 10000 */
  readonly timeout?: number
  /** Gives it up when aborted. */
  readonly signal?: AbortSignal
}

/** One client. What it sends away returns whether it was handed to the socket: false once it is closed, or when it reads too slowly. */
export interface ServerConnection<T extends ServerTypes = ServerTypes> {
  /** Unique over all servers and for ever (a random UUID). */
  readonly id: string
  /** What `authorize` gave; `undefined` without it. */
  readonly user: T['user']
  /** The query and the path's groups, as the option `params` makes them. */
  readonly params: T['params']
  /** The request that was upgraded, with its headers. */
  readonly req: IncomingMessage
  /** The socket itself, of `ws`: what is sent here is not counted or limited. */
  readonly ws: WebSocket
  /** The client's address: the socket's, or the proxy's word for it with `trustProxy`. */
  readonly ip: string
  /** The subprotocol agreed on; empty without one. */
  readonly protocol: string
  /** Aborted when the socket is closed. */
  readonly signal: AbortSignal
  /** Whether it can be sent to. */
  readonly isOpen: boolean
  /** Bytes handed over that the network has not taken. */
  readonly bufferedAmount: number
  /** How many messages were dropped because the client reads too slowly. */
  readonly dropped: number
  /** What it subscribed to. */
  readonly subscriptions: readonly Subscription[]
  /** What it sends. */
  readonly messages: Messages<T['receive'], T['receive'], ServerConnection<T>>
  // A method, not a property, like all that take something of T: what is written for any connection then takes each.
  /** Sends a value through the codec. What cannot be encoded is an `encode_failed` and returns false. */
  send(this: void, value: T['send']): boolean
  /** Sends a frame as it is, past the codec. */
  readonly sendRaw: (frame: Frame) => boolean
  /** Sends `{ type, payload }`: to a client an action. */
  readonly emit: (type: string, payload?: unknown) => boolean
  /**
   * Sends `$/push` to this client: once for each of its subscriptions to the channel, else once without an id. `schema.send` is not asked: data of a
   * channel is no message of its own.
   */
  readonly push: (channel: string, data: unknown) => boolean
  /**
   * Asks the client (JSON-RPC 2.0). Rejects with an `RpcError` when it answers with an error, else with a `code`: `request_timeout`,
   * `request_aborted`, `connection_closed` or `too_many_pending`.
   */
  readonly request: (method: string, params?: unknown, options?: RequestOptions) => Promise<unknown>
  /** Subscribes the client to a channel, unasked. Returns the subscription's id; `undefined` when it has too many or is closed. */
  readonly subscribe: (channel: string, params?: unknown) => string | undefined
  /** Ends one subscription; false for an id that is none. */
  readonly unsubscribe: (id: string) => boolean
  /**
   * Closes. A peer that does not answer within `closeTimeout` is cut off.
   * @throws `invalid_close_code` for a code that no server may send
   */
  readonly close: (code?: number, reason?: string) => void
  /** Cuts it off at once, without a close frame. */
  readonly terminate: () => void
}

/** What a method and a channel's producer are told; also their `this`. */
export interface CallContext<T extends ServerTypes = ServerTypes> {
  /** The request that was upgraded, or that the call came in. */
  readonly req: IncomingMessage
  /** The caller's socket; `undefined` over HTTP. */
  readonly ws: WebSocket | undefined
  /** The caller; `undefined` over HTTP. */
  readonly connection: ServerConnection<T> | undefined
  /** What `authorize` gave. */
  readonly user: T['user']
  /** What `params` made of the query and the path's groups. */
  readonly params: T['params']
  /**
   * Sends `$/push` to this caller alone, any number of times, also after the answer; the channel is the method's name. False when it can't be
   * sent: over HTTP always.
   */
  readonly push: (data: unknown) => boolean
  /** Aborted when the caller is gone, cancels the call or ends the subscription: stop pushing then. */
  readonly signal: AbortSignal
}

/** What a producer is told: a {@link CallContext} of a subscription. */
export interface ChannelContext<T extends ServerTypes = ServerTypes> extends CallContext<T> {
  /** The subscription's id. */
  readonly id: string
  /** The channel's name. */
  readonly channel: string
}

/** Whom a broadcast leaves out: a connection, several, or those for whom a predicate is true. */
export type Except<T extends ServerTypes = ServerTypes> =
  | ServerConnection
  | readonly ServerConnection[]
  | { test(connection: ServerConnection<T>): boolean }['test']

/** The connections that are open now. */
export interface Connections<T extends ServerTypes = ServerTypes> extends Iterable<ServerConnection<T>> {
  /** How many there are. */
  readonly size: number
  /** The one with this id. */
  readonly get: (id: string) => ServerConnection<T> | undefined
  /** Whether it is still one of them: a connection or its id. */
  has(this: void, connection: string | ServerConnection<T>): boolean
  /** Those for whom `test` holds. */
  readonly filter: (test: (connection: ServerConnection<T>) => boolean) => ServerConnection<T>[]
}
