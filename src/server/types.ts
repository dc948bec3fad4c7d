import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import type { Contract } from '../actions/contract.js'
import type { Codec } from '../codec/types.js'
import type { Frame } from '../internal/bytes.js'
import type { SerializedSocketError } from '../internal/errors.js'

/** The types of what the connections of a server carry, seen from the server: `receive` is what clients send. */
export interface ServerTypes extends Contract {
  /** What `authorize` returns. */
  readonly user: unknown
  /** The query and the groups of the path, as the option `params` validates them. */
  readonly params: unknown
}

/** A contract as the other end sees it, so that one definition types client and server. What it leaves out is `unknown`. */
export interface Mirror<C extends Partial<Contract>> {
  /** What the other end receives. */
  readonly send: C extends { readonly receive: infer Receive } ? Receive : unknown
  /** What the other end sends. */
  readonly receive: C extends { readonly send: infer Send } ? Send : unknown
}

/** A codec that a client can choose. Both functions may be asynchronous: messages keep their order, later ones wait. */
export interface ServerCodec extends Codec<never> {
  /** The subprotocol (RFC 6455 section 1.9) that selects this codec. A codec without one serves all clients that select none. */
  readonly subprotocol?: string
}

/** A problem, as listeners to `error` get it. `code` is one of docs/errors.md. */
export interface ServerProblem extends SerializedSocketError {
  /** What was thrown. */
  readonly error?: unknown
  /** The connection that the problem concerns. */
  readonly connection?: ServerConnection
}

/** Messages, decoded and validated. JSON-RPC is not among them. */
export interface Messages<Message, Item, Sender> {
  /** Calls `listener` with each message; the function returned removes it. What it throws or rejects with is reported as `listener_failed`. */
  readonly forEach: (listener: (message: Message, sender: Sender) => unknown) => () => void
  /**
   * Iterates over the messages in order, from now until the connection or the server closes. At most 256 messages, or 1 MiB, wait for a slow loop; then its
   * senders are not read any further until it has caught up. A loop that reads nothing for 30 s while they wait throws `reader_too_slow`.
   */
  readonly [Symbol.asyncIterator]: () => AsyncIterableIterator<Item>
}

/** A subscription of a connection. */
export interface Subscription {
  /** Identifies it in `$/push`. Unique within its connection. */
  readonly id: string
  /** The name of the channel. */
  readonly channel: string
  /** The params that the client subscribed with. */
  readonly params: unknown
}

/** Somebody who is subscribed to a channel, as the option `presence` shows it. */
export interface ChannelMember {
  /** Identifies the member, 1 to 256 characters: connections with the same id are one member. */
  readonly id: string
  /** What others may know of it, as JSON of at most 4096 characters. Of several connections the first one's is shown. */
  readonly info?: unknown
}

/** The options of {@link ServerConnection.request}. */
export interface ClientRequestOptions {
  /** Milliseconds until the request is given up. @default 10000 */
  readonly timeout?: number
  /** Gives up the request when aborted. */
  readonly signal?: AbortSignal
}

/**
 * The connection of one client. Its sending functions never throw and return whether the message was accepted: given to the socket, or with a session kept
 * until the client has acknowledged it. False after the close, for a message that cannot be encoded, or when the client reads too slowly.
 */
export interface ServerConnection<T extends ServerTypes = ServerTypes> {
  /** A random UUID. */
  readonly id: string
  /** What `authorize` returned; `undefined` without that option. */
  readonly user: T['user']
  /** The query and the groups of the path, as the option `params` validates them. */
  readonly params: T['params']
  /** The request that was upgraded, or the one that `server.attach` was given. */
  readonly req: IncomingMessage
  /** The socket of `ws`, or the one that `server.attach` was given. What is sent on it directly is not limited. */
  readonly ws: WebSocket
  /**
   * What the app keeps for this client. It stays over a resume of its session; a store of sessions keeps it as JSON, of at most 16 KiB. @default {}
   */
  readonly data: Record<string, unknown>
  /** The client's address: that of the socket, or with `trustProxy` the one that the proxy reports. */
  readonly ip: string
  /** The selected subprotocol; empty without one. */
  readonly protocol: string
  /** Aborted when the socket has closed. Messages that were received before may still come, for at most 30 s; `remove` waits for them for at most 1 s. */
  readonly signal: AbortSignal
  /** Whether the connection is open. With a session it is open until the session is over. */
  readonly isOpen: boolean
  /** Whether the session of this connection waits for its client: what is sent waits too. Always false without a session. */
  readonly isSuspended: boolean
  /** The number of bytes that the network has not taken yet. */
  readonly bufferedAmount: number
  /** The number of messages that were dropped because the client reads too slowly. */
  readonly dropped: number
  /** The subscriptions of the client. */
  readonly subscriptions: readonly Subscription[]
  /** The messages of the client. */
  readonly messages: Messages<T['receive'], T['receive'], ServerConnection<T>>
  /** Calls `listener` with the payload of each message `{ type, payload }` of that type; the function returned removes it. */
  readonly onMessage: (type: string, listener: (payload: unknown, sender: ServerConnection<T>) => unknown) => () => void
  // A method, not a property, like all that take something of T: a function written for any connection then accepts each.
  /** Sends a value through the codec. A value that cannot be encoded is reported as `encode_failed`. */
  send(this: void, value: T['send']): boolean
  /** Sends a frame unchanged, without the codec. */
  readonly sendRaw: (frame: Frame) => boolean
  /** Sends `{ type, payload }`, which is an action for the client. */
  readonly emit: (type: string, payload?: unknown) => boolean
  /**
   * Resolves with `true` when the client has acknowledged all that was sent to it so far, with `false` when the session is over before that, and at once with
   * `false` without a session.
   */
  readonly flush: () => Promise<boolean>
  /**
   * Sends `$/push` to this client: once for each of its subscriptions to the channel; without a subscription once, without an id. `schema.send` is not
   * called.
   */
  readonly push: (channel: string, data: unknown) => boolean
  /**
   * Sends a request to the client (JSON-RPC 2.0). Rejects with an `RpcError` when the client replies with an error, else with an error whose `code` is
   * `request_timeout`, `request_aborted`, `connection_closed` or `too_many_pending`.
   */
  readonly request: (method: string, params?: unknown, options?: ClientRequestOptions) => Promise<unknown>
  /** Subscribes the client to a channel. Returns the id of the subscription; `undefined` when the client has too many, or the connection has closed. */
  readonly subscribe: (channel: string, params?: unknown) => string | undefined
  /** Ends a subscription and tells the client with `$/ended` (−32800). Returns false for an unknown id. */
  readonly unsubscribe: (id: string) => boolean
  /**
   * Closes the connection. A client that does not complete the close within `closeTimeout` is disconnected.
   * @throws `invalid_close_code` for a code that a server must not send
   */
  readonly close: (code?: number, reason?: string) => void
  /** Disconnects the client at once, without a close frame. */
  readonly terminate: () => void
}

/** The context of a method or a producer; it is also their `this`. */
export interface CallContext<T extends ServerTypes = ServerTypes> {
  /** The request that was upgraded, or the HTTP request of the call. */
  readonly req: IncomingMessage
  /** The caller's socket; `undefined` over HTTP. */
  readonly ws: WebSocket | undefined
  /** The caller's connection; `undefined` over HTTP. */
  readonly connection: ServerConnection<T> | undefined
  /** What `authorize` returned. */
  readonly user: T['user']
  /** The query and the groups of the path, as the option `params` validates them. */
  readonly params: T['params']
  /**
   * Sends `$/push` to this caller alone, any number of times, also after the reply. The channel is the name of the method. Returns false when nothing was
   * sent, as always over HTTP.
   */
  readonly push: (data: unknown) => boolean
  /** Aborted when the caller disconnects, cancels the call or ends the subscription. A method that pushes must stop then. */
  readonly signal: AbortSignal
}

/** The context of a producer: a {@link CallContext} with the subscription. */
export interface ChannelContext<T extends ServerTypes = ServerTypes> extends CallContext<T> {
  /** The id of the subscription. */
  readonly id: string
  /** The name of the channel. */
  readonly channel: string
}

/** The connections that a broadcast leaves out: one, several, or those for which a predicate returns true. */
export type Except<T extends ServerTypes = ServerTypes> =
  | ServerConnection
  | readonly ServerConnection[]
  | { test(connection: ServerConnection<T>): boolean }['test']

/** The open connections of a server. */
export interface Connections<T extends ServerTypes = ServerTypes> extends Iterable<ServerConnection<T>> {
  /** How many there are. */
  readonly size: number
  /** Returns the connection with this id. */
  readonly get: (id: string) => ServerConnection<T> | undefined
  /** Whether a connection, or the connection with this id, is open. */
  has(this: void, connection: string | ServerConnection<T>): boolean
  /** Returns the connections for which `test` returns true. */
  readonly filter: (test: (connection: ServerConnection<T>) => boolean) => ServerConnection<T>[]
}
