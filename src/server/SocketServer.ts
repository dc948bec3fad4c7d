import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { BusStatus } from './cluster/bus.js'
import type { Methods } from './rpc/methods.js'
import type {
  CallContext,
  Connections,
  Except,
  Messages,
  ServerConnection,
  ServerProblem,
  ServerTypes,
} from './types.js'

/** A connection that was refused: the close code and words it was sent, and where it came from. */
export interface RefusedConnection {
  /** As in docs/protocol.md. */
  readonly code: number
  /** At most 123 bytes. */
  readonly reason: string
  /** The client's address. */
  readonly ip: string
}

/** What a server tells, by name: the arguments that listeners get. */
export interface ServerEvents<T extends ServerTypes = ServerTypes> {
  /** A client has been let in; once for each. */
  readonly add: readonly [connection: ServerConnection<T>]
  /** It is gone; once for each that was added, with the close code that the network said. */
  readonly remove: readonly [connection: ServerConnection<T>, end: { readonly code: number; readonly reason: string }]
  /** A client was not let in. */
  readonly refuse: readonly [refused: RefusedConnection, req: IncomingMessage]
  /** Something went wrong. Without a listener, and without `onError`, the console is told. */
  readonly error: readonly [problem: ServerProblem]
  /** Connections can be made. */
  readonly listening: readonly []
  /** Everything has ended. */
  readonly close: readonly []
  /** `count()` gives another number than last time, because of a connection here or what another node said. */
  readonly presence: readonly [count: number]
  /** The bus says how it does. */
  readonly bus: readonly [status: BusStatus]
}

/** How {@link SocketServer.close} goes about it. */
export interface CloseOptions {
  /** Milliseconds for the whole of it. @default 10000 */
  readonly within?: number
}

/** A WebSocket server. Sending never throws: what fails is an `error` event, and reaches nobody. */
export interface SocketServer<T extends ServerTypes = ServerTypes> extends AsyncDisposable {
  /** Resolves when connections can be made; rejects when the port can't be had (which is an `error` event too). */
  readonly ready: Promise<void>
  /** Where it listens; null when it does not. */
  readonly address: () => AddressInfo | string | null
  /** The port; `undefined` when it does not listen on one. */
  readonly port: number | undefined
  /**
   * Listens to what the server tells. Any other name is a message's: the listener gets the payload of each `{ type, payload }` of that type, and who
   * sent it. (`messages.on` listens to messages of any type, also to those named like an event.) The function returned ends it.
   */
  readonly on: {
    <Name extends keyof ServerEvents<T>>(name: Name, listener: (...args: ServerEvents<T>[Name]) => unknown): () => void
    (type: string, listener: (payload: unknown, sender: ServerConnection<T>) => unknown): () => void
  }
  /** What clients send, decoded and checked. A loop gets pairs of message and sender. */
  readonly messages: Messages<
    T['receive'],
    readonly [message: T['receive'], sender: ServerConnection<T>],
    ServerConnection<T>
  >
  /** The connections of this node. */
  readonly connections: Connections<T>
  /** How many connections there are on all nodes that share the bus, as far as they have said. */
  readonly count: () => number
  /**
   * Sends to everybody, encoded once for each codec. A connection left out gets nothing; with a predicate the message stays on this node, for a
   * predicate can't go to others. Returns how many of this node were reached.
   */
  broadcast(this: void, data: T['send'], options?: { readonly except?: Except<T> }): number
  /** Broadcasts `{ type, payload }`: to clients an action. */
  emit(this: void, type: string, payload?: unknown, options?: { readonly except?: Except<T> }): number
  /** Sends to the subscriptions of a channel, on all nodes; `schema.send` is not asked, for data is no message. Returns how many of this node were reached. */
  readonly publish: (channel: string, data: unknown) => number
  /**
   * Adds functions that clients call, and returns them, for `typeof`.
   * @throws `invalid_option` for a name that is taken or the protocol's own
   */
  methods<M extends Methods<CallContext<T>>>(this: void, methods: M): M
  /** Upgrades a request that somebody else has received; for `{ noServer: true }`, or a router of one's own. */
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
  /**
   * The same methods as JSON-RPC over HTTP POST: a request listener, or a middleware of express. `rate` and `maxConnectionsPerIp` hold, counted
   * by address: what is over them is answered with 429. Never rejects.
   */
  readonly handleHttp: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  /**
   * Ends it: takes no more connections, answers the calls that are running, closes each client with 1012 spread over the time given, and
   * cuts off what is left at its end. An HTTP server that was given is left running. Called again it gives the same promise.
   */
  readonly close: (options?: CloseOptions) => Promise<void>
}
