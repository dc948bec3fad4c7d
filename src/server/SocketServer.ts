import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { BusStatus } from './cluster/bus.js'
import type { HandleHealth, ServerHealth } from './operations/health.js'
import type { Negotiation, ServerRequest, ServerSocket } from './connection/serverSocket.js'
import type { Methods } from './rpc/methods.js'
import type {
  CallContext,
  ChannelMember,
  Connections,
  Except,
  Messages,
  ServerConnection,
  ServerProblem,
  ServerTypes,
} from './types.js'

/** A client that was refused, with the code and the reason that it was closed with. */
export interface RefusedConnection {
  /** One of docs/protocol.md. */
  readonly code: number
  /** At most 123 bytes. */
  readonly reason: string
  /** The client's address. */
  readonly ip: string
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** The close code that the network reported: 1006 when the client sent no close frame. */
  readonly code: number
  /** The reason that this server gave, also when it disconnected the client without a close frame; else the reason of the client. */
  readonly reason: string
}

/** The events of a server: the arguments of their listeners, by name. */
export interface ServerEvents<T extends ServerTypes = ServerTypes> {
  /** A client has connected. */
  readonly add: readonly [connection: ServerConnection<T>]
  /** A client has disconnected; once for each `add`. With a session, only when the session is over; `end.reason` says why. */
  readonly remove: readonly [connection: ServerConnection<T>, end: ConnectionEnd]
  /** The socket of a connection with a session has closed: what is sent waits for the client. `remove` follows unless it comes back in time. */
  readonly suspend: readonly [connection: ServerConnection<T>, end: ConnectionEnd]
  /** The client of a suspended connection is back, with another request and socket. */
  readonly resume: readonly [connection: ServerConnection<T>]
  /** A client was refused. */
  readonly refuse: readonly [refused: RefusedConnection, req: IncomingMessage]
  /** Something went wrong. Without a listener, and without `onError`, problems are printed to the console. */
  readonly error: readonly [problem: ServerProblem]
  /** Clients can connect. */
  readonly listening: readonly []
  /** The server has closed. */
  readonly close: readonly []
  /** `count()` has changed, because of a connection of this node or a report of another. */
  readonly presence: readonly [count: number]
  /** A member has joined a channel, on any node (see the option `presence`). Every node gets the event. */
  readonly join: readonly [channel: string, member: ChannelMember]
  /** A member has left a channel: its last subscription to it has ended, or its node is gone. Every node gets the event. */
  readonly leave: readonly [channel: string, member: ChannelMember]
  /** The status of the bus has changed. */
  readonly bus: readonly [status: BusStatus]
}

/** The limits of a server that an adapter may pass on to its runtime. */
export interface SocketLimits {
  /** The size of the largest message, in bytes. */
  readonly maxPayload: number
  /** How many bytes may wait for a client that reads slowly. */
  readonly maxBufferedBytes: number
  /** The milliseconds between two ping frames; 0 sends none. */
  readonly pingInterval: number
}

/** The options of {@link SocketServer.close}. */
export interface CloseOptions {
  /** Milliseconds for the whole close, after `unreadyFor`. @default 10000 */
  readonly within?: number
  /**
   * Milliseconds for which the server is not ready and still accepts connections: a load balancer needs them to notice that, and to send clients elsewhere.
   * @default 0
   */
  readonly unreadyFor?: number
}

/** The connections of one user, on all nodes. */
export interface UserConnections<T extends ServerTypes = ServerTypes> {
  /** What the option `userId` returned for the user. */
  readonly id: string
  /** The connections of this node. */
  readonly connections: readonly ServerConnection<T>[]
  /** Sends a value to the connections of the user on all nodes. Returns the number of those of this node that were reached. */
  send(this: void, value: T['send']): number
  /** Sends `{ type, payload }`, which is an action for the clients. Returns what `send` does. */
  readonly emit: (type: string, payload?: unknown) => number
}

/** A WebSocket server. Its sending functions never throw: what fails is an `error` event, and reaches no client. */
export interface SocketServer<T extends ServerTypes = ServerTypes> extends AsyncDisposable {
  /**
   * Resolves when clients can connect. Rejects when the server cannot listen on the port, which is an `error` event too. When nothing handles either, the
   * process ends with an unhandled rejection.
   */
  readonly ready: Promise<void>
  /** Returns the address that the server listens on; `null` when it does not listen. */
  readonly address: () => AddressInfo | string | null
  /** The port that the server listens on; `undefined` without one. */
  readonly port: number | undefined
  /**
   * Adds a listener to an event of the server; the function returned removes it. Messages of clients are no events: see {@link SocketServer.onMessage}.
   * @throws `invalid_option` for a name that is not an event
   */
  readonly on: <Name extends keyof ServerEvents<T>>(
    name: Name,
    listener: (...args: ServerEvents<T>[Name]) => unknown,
  ) => () => void
  /**
   * Calls `listener` with the payload of each message `{ type, payload }` of that type, and its sender; the function returned removes it.
   * @example server.onMessage('chat/said', (payload, sender) => server.emit('chat/said', payload, { except: sender }))
   */
  readonly onMessage: (type: string, listener: (payload: unknown, sender: ServerConnection<T>) => unknown) => () => void
  /** The messages of all clients. A loop gets pairs of message and sender. */
  readonly messages: Messages<
    T['receive'],
    readonly [message: T['receive'], sender: ServerConnection<T>],
    ServerConnection<T>
  >
  /** The connections of this node. */
  readonly connections: Connections<T>
  /** Returns the number of connections of all nodes that share the bus, as they last reported it. */
  readonly count: () => number
  /**
   * Sends a value to all clients, encoded once for each codec. A predicate `except` keeps the message on this node, because a function cannot be sent to
   * others. Returns the number of clients of this node that were reached.
   */
  broadcast(this: void, data: T['send'], options?: { readonly except?: Except<T> }): number
  /** Broadcasts `{ type, payload }`, which is an action for the clients. */
  emit(this: void, type: string, payload?: unknown, options?: { readonly except?: Except<T> }): number
  /**
   * Sends data to all subscriptions of a channel, on all nodes; `schema.send` is not called. The clients of this node get it at once. Resolves with the
   * number of subscriptions of this node that were reached, once the bus has the message: who awaits it publishes no faster than the bus takes. Rejects with
   * `bus_dropped` when an outage of the bus has dropped it, or with what the bus rejects with; that is an `error` event too, and needs no handler.
   */
  readonly publish: (channel: string, data: unknown) => Promise<number>
  /**
   * Resolves when the bus has all that was broadcast, emitted and published so far; at once without a bus. Rejects with the first of what the bus has dropped
   * or refused since the last call.
   * @example for (const row of rows) { server.emit('row', row); await server.flush() }
   */
  readonly flush: () => Promise<void>
  /** Returns who is subscribed to a channel, on all nodes as they last reported; empty without the option `presence`. */
  readonly members: (channel: string) => readonly ChannelMember[]
  /**
   * Adds functions that clients call. Returns them, for `typeof`.
   * @throws `invalid_option` for a name that is taken or reserved
   */
  methods<M extends Methods<CallContext<T>>>(this: void, methods: M): M
  /** Upgrades a request that another server received; for `{ noServer: true }`, or a router of the app. */
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /**
   * Takes a socket that something else has upgraded, and the request that opened it: a socket of `ws`, or that of an adapter. It has to be open, and must not
   * have received a message yet. The server admits the client as any other. A path that it does not serve closes with 4404.
   * @throws `invalid_option` for anything but a socket and a request, and for a socket that was attached before
   */
  readonly attach: (socket: ServerSocket, request: ServerRequest) => void
  /** Returns what an adapter does with an upgrade request before it calls `attach`: whether this server serves its path, and the subprotocol to select. */
  readonly negotiate: (request: ServerRequest) => Negotiation
  /** The limits that an adapter passes on to its runtime. */
  readonly limits: SocketLimits
  /**
   * Serves the same methods as JSON-RPC over HTTP POST: a request listener, or a middleware of express. `rate` and `maxConnectionsPerIp` are counted for each
   * address; a request above them gets 429. Never rejects.
   */
  readonly handleHttp: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  /**
   * Returns the connections of a user. `id` is what the option `userId` returned.
   * @throws `invalid_option` without that option
   * @example server.user('ada').send({ hello: 'Ada' })
   */
  readonly user: (id: string) => UserConnections<T>
  /**
   * Closes all connections of a user, on all nodes. A client whose `authorize` is under way is refused when it turns out to be that user. The client of this library does not reconnect after 4403, and asks for fresh credentials after 4401.
   * Resolves with the number of connections of this node, once the bus has the message; rejects with what the bus rejects with. It does not keep the user
   * out: `authorize` decides that.
   * @param code the close code @default 4403
   * @throws `invalid_option` without the option `userId`, `invalid_close_code` for a code that a server must not send; both as rejections
   */
  readonly disconnectUser: (id: string, code?: number, reason?: string) => Promise<number>
  /** Returns the health of the server. */
  readonly health: () => ServerHealth
  /** Answers a liveness probe over HTTP: 200, or 503 when only a restart helps. A request listener, or a middleware of express. */
  readonly handleLiveness: HandleHealth
  /** Answers a readiness probe over HTTP: 200, or 503 before the server listens and from the call of `close()` on. */
  readonly handleReadiness: HandleHealth
  /**
   * Closes the server: turns readiness off, waits for `unreadyFor`, accepts no more connections, completes the running calls, closes each client with 1012, spread over a fifth of the given time, and disconnects
   * those that are left at its end. An HTTP server that was given keeps running. A second call returns the same promise.
   * @throws `invalid_option` for an option that is unknown or malformed, as a rejection; the server then stays open
   */
  readonly close: (options?: CloseOptions) => Promise<void>
}
