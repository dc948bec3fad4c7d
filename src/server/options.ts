import type { IncomingMessage } from 'node:http'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ServerOptions } from 'ws'
import type { Bus } from './cluster/bus.js'
import type { ListenTarget } from './http/targetChecks.js'
import type { Refusal } from './http/Refusal.js'
import type { ServerMetrics } from './operations/metrics.js'
import type { ServerLogger } from './operations/serverLog.js'
import type { Handler } from './rpc/methods.js'
import type { SessionOptions } from './session/sessionOptions.js'
import type {
  ChannelContext,
  ChannelMember,
  ServerCodec,
  ServerConnection,
  ServerProblem,
  ServerTypes,
} from './types.js'
import type { Admission } from './verdict.js'

/**
 * How fast a connection may send. Above its rate the server reads it more slowly, so that nothing is lost: what the client sends waits in the buffers of
 * TCP, and in the client's own. A socket without `pause` (Bun, Deno) cannot be read more slowly: its client is closed with 4429, and the messages that wait are lost.
 */
export interface RateOptions {
  /** Messages per second, on average. Each call of a JSON-RPC batch counts. @default 100 */
  readonly perSecond?: number
  /** Messages at once. @default 2000 */
  readonly burst?: number
  /** Bytes per second, on average, as they are after decompression; over HTTP for each address. @default 1048576 */
  readonly bytesPerSecond?: number
  /** Bytes at once. @default 4194304 */
  readonly bytesBurst?: number
  /** Milliseconds that a connection may stay above its rate; then it is closed with 4429. Time below the rate counts down again. @default 30000 */
  readonly patience?: number
}

/** How many connections one address may open. */
export interface ConnectionRateOptions {
  /** Connections per second, on average. @default 100 */
  readonly perSecond?: number
  /** Connections at once. @default 1000 */
  readonly burst?: number
}

/** What `authorize` gets beside the request. */
export interface AuthorizeContext<Params = unknown> {
  /** The query and the groups of the path, validated by the option `params`. */
  readonly params: Params
  /** The client's address. */
  readonly ip: string
  /** Aborted when `handshakeTimeout` is over, or the client has disconnected. */
  readonly signal: AbortSignal
  /**
   * What the client of an open connection has sent with `socketReauthenticate`; `undefined` when it connects, or calls over HTTP. The request is then
   * the one that opened the connection: what it carries may be out of date.
   */
  readonly credentials: unknown
}

/** What `authorize` returns or resolves with: the user that may connect, or `false` or a `Refusal`. */
export type AuthorizeVerdict<User = Admission> = User | false | Refusal | PromiseLike<User | false | Refusal>

/** The type of `connection.user`: what `authorize` returns or resolves with, without refusals; `undefined` without that option. */
export type UserOf<Verdict> = [Verdict] extends [never] ? undefined : Exclude<Awaited<Verdict>, false | Refusal>

/** The options of `ws`, without those that say where to listen: {@link ListenTarget} has them. */
export interface WsOptions extends Omit<ServerOptions, 'port' | 'host' | 'backlog' | 'server' | 'noServer' | 'path'> {
  /** The number of pong frames that may wait for a client to read them. A client above it is disconnected. @default 60 */
  readonly maxPendingAutoPongs?: number
}

/** All options of `createSocketServer`: where it listens, its settings, and the options of `ws`. */
export type SocketServerOptions<
  T extends ServerTypes = ServerTypes,
  Verdict = AuthorizeVerdict<T['user'] & Admission>,
  Params = T['params'],
  Path extends string = string,
> = ListenTarget<Path> & SocketServerSettings<T, Verdict, Params>

/**
 * The options of `createSocketServer` that do not say where it listens; those of `ws` are among them. Times are in milliseconds, sizes in bytes. An unknown or
 * malformed option throws `invalid_option`, also one inside another; `undefined` counts as left out.
 */
export interface SocketServerSettings<
  T extends ServerTypes = ServerTypes,
  Verdict = AuthorizeVerdict<T['user'] & Admission>,
  // A type parameter of its own: inferred as a part of T, it would fix the result type before `authorize` is looked at.
  Params = T['params'],
> extends WsOptions {
  /** Converts values to frames and back. With several codecs the client's subprotocol chooses. @default json() */
  readonly codec?: ServerCodec | readonly ServerCodec[]
  /** Standard Schemas that validate and type messages. @default none */
  readonly schema?: {
    /** Validates what clients send. It may be asynchronous: the order of messages is kept. */
    readonly receive?: StandardSchemaV1<unknown, T['receive']>
    /**
     * Validates what is sent and broadcast. It must be synchronous. It is not called for the data of a channel (`publish`, `push`, a producer),
     * which is part of a `$/push` and has another shape in each channel, nor for replies to requests.
     */
    readonly send?: StandardSchemaV1<T['send']>
  }
  /**
   * What happens after a message that cannot be decoded, or that the schema rejects: an error reply, a close with 1007, or nothing. An `error` event
   * comes in each case. @default 'reply'
   */
  readonly invalid?: 'reply' | 'close' | 'ignore'
  /**
   * Validates and types the query and the groups of the path together. A client with other parameters is closed with 4400.
   * @default the parameters as texts
   */
  readonly params?: StandardSchemaV1<unknown, T['params']>
  /**
   * Decides whether a client may connect. What lets a client in becomes `connection.user`: `true`, a text that is not empty, a number other than 0 and NaN, or
   * an object that is neither iterable (a list, a Map) nor an Error. Everything else refuses it: a `Refusal`, thrown or returned, with its code; any other error with 1011; all
   * other values, such as `undefined` and `null`, as `false` does, with 4401. It runs before the event `add`; messages that arrive meanwhile wait. It is also called for each call over HTTP.
   * If the user has a member `expiresAt`, a Date or milliseconds since the epoch, the connection is closed with 4401 at that time.
   * It is called again when the client sends fresh credentials (`context.credentials`): they must be of the same user, by `userId` or `session.owner`. When it refuses
   * them, the connection stays as it is.
   * @default every client may connect
   */
  readonly authorize?: (req: IncomingMessage, context: AuthorizeContext<Params>) => Verdict
  /**
   * Returns the id of a user, for `server.user(id)` and `server.disconnectUser(id)`: a text that is not empty. Called once after `authorize`; a client is
   * refused (1011) when it throws or returns something else. @default none: connections cannot be found by user
   */
  readonly userId?: (user: T['user']) => string
  /**
   * Decides whether a client may subscribe to a channel. Only `true` allows it; all else replies to the request with an error. Asked again about each subscription after
   * fresh credentials and after a resume of a session: one that is refused ends with -32003, one without an answer within `handshakeTimeout` with -32030.
   * @default every channel
   */
  readonly authorizeChannel?: (
    connection: ServerConnection<T>,
    channel: string,
    params: unknown,
  ) => boolean | Promise<boolean>
  /**
   * Shows who is subscribed to a channel. Called when a subscription starts; returns the member that the connection is in the channel, or `undefined` for none.
   * Every client that may subscribe to a channel may also subscribe to `$presence/` and its name, and gets the members.
   * @default no channel has members
   */
  readonly presence?: (connection: ServerConnection<T>, channel: string) => ChannelMember | undefined
  /**
   * Producers by channel. A producer is called for each subscription to its channel, with the params of the subscription, and pushes to it alone. It must
   * stop when `context.signal` is aborted. @default none
   */
  readonly channels?: Readonly<Record<string, Handler<ChannelContext<T>>>>
  /** Called for each connection. When it ends, the connection is closed with 1000; when it throws, with 1011. @default none: connections stay open */
  readonly handler?: (connection: ServerConnection<T>) => unknown
  /**
   * Where the server writes its log: a logger of pino, or another object with `error`, `warn`, `info` and `debug`, each called with an object and a text. Of
   * each kind of line at most 20 in a second are written, then their number. No text has control characters.
   * @default problems are printed to the console, unless `onError` or a listener to `error` gets them
   */
  readonly logger?: ServerLogger
  /** Where the server reports its numbers, such as `prometheusMetrics()` of `reduplex/server/metrics`. @default none */
  readonly metrics?: ServerMetrics
  /** Called with problems, like a listener to `error`: at most 20 of one code in a second, then the number of the others. @default none */
  readonly onError?: (problem: ServerProblem) => unknown
  /**
   * Which web pages may connect: a list of origins such as `https://example.org`, or a synchronous predicate; `false` allows all. Requests without an Origin
   * do not come from a browser and are allowed. @default pages of the same host
   */
  readonly origin?: readonly string[] | ((origin: string, req: IncomingMessage) => boolean) | false
  /**
   * The hosts that requests may be for, against DNS rebinding: a list such as `['example.org', 'localhost:8080']`, where an entry without a port allows all ports, or
   * a synchronous predicate. A page whose own name resolves to this server counts as a page of the same host, so set it on a server that is reached from
   * inside a network or a machine. A request for another host closes with 4403. @default all hosts
   */
  readonly hosts?: readonly string[] | ((host: string, req: IncomingMessage) => boolean)
  /** The number of trusted proxies in front, for X-Forwarded-For and X-Forwarded-Host; `true` is 1. @default false */
  readonly trustProxy?: boolean | number
  /**
   * The number of connections from one address (for IPv6: from one network of 64 bits), and, counted separately, of its HTTP requests at a time. Behind a
   * proxy set `trustProxy`, or all clients share the proxy's address. @default 1000
   */
  readonly maxConnectionsPerIp?: number
  /** The size of the largest message, in bytes. A larger one closes the connection with 1009. @default 1048576 */
  readonly maxPayload?: number
  /**
   * How fast a connection may send, and how many calls one address may make over HTTP; `false` sets no limit.
   * @default { perSecond: 100, burst: 2000, bytesPerSecond: 1048576, bytesBurst: 4194304, patience: 30000 }
   */
  readonly rate?: RateOptions | false
  /** How many bytes may wait for a client that reads slowly. @default 4194304 */
  readonly maxBufferedBytes?: number
  /** What happens above `maxBufferedBytes`: a close with 1013, so that the client reconnects, or messages are dropped and counted. @default 'close' */
  readonly slowConsumer?: 'close' | 'drop'
  /** The time for `params` and `authorize` together, and for the body of an HTTP request, in milliseconds; then 4408. @default 10000 */
  readonly handshakeTimeout?: number
  /** The milliseconds without messages in either direction after which a connection is closed with 1000. Pings do not count. 0 is never. @default 0 */
  readonly idleTimeout?: number
  /** The time between two ping frames, in milliseconds. A client that has not answered by the next one is disconnected. 0 sends none. @default 30000 */
  readonly pingInterval?: number
  /** The time that a client has to complete a close, in milliseconds; then it is disconnected. @default 2000 */
  readonly closeTimeout?: number
  /** The texts of the client's heartbeat; `false` makes them ordinary messages. @default { request: 'ping', reply: 'pong' }, and false for text() */
  readonly ping?: { readonly request?: string; readonly reply?: string } | false
  /**
   * The number of requests of one connection that run at a time, and of requests to it. Separately from those, as many requests that subscribe are
   * authorised at a time. @default 100
   */
  readonly maxPending?: number
  /** The number of requests of one connection that wait until another has ended. Further ones are refused. @default 1000 */
  readonly maxWaiting?: number
  /** The number of subscriptions of one connection, those that are being authorised included. @default 1000 */
  readonly maxSubscriptions?: number
  /**
   * The memory that the params of one connection's requests, running and waiting, may take, in bytes (an estimate, more than their size on the wire). A single request
   * may take more. @default 8388608
   */
  readonly maxPendingBytes?: number
  /** The memory that the params of one connection's subscriptions may take, in bytes (an estimate). @default 4194304 */
  readonly maxSubscriptionBytes?: number
  /** The memory that the params of all requests and subscriptions of this server may take, in bytes (an estimate). @default 268435456 */
  readonly maxKeptBytes?: number
  /** The bytes of all channel histories in the memory of this process (`server.channel`). Above that the oldest publications are dropped. @default 67108864 */
  readonly maxHistoryBytes?: number
  /** The number of running requests of one address over all its connections and HTTP, counted until they end: also after the client has left. @default 2000 */
  readonly maxPendingPerIp?: number
  /** The number of connections of this server. A further one is refused with HTTP 503. @default 20000 */
  readonly maxConnections?: number
  /**
   * How many connections one address may open; above that they are refused with HTTP 429. `false` sets no limit.
   * @default { perSecond: 100, burst: 1000 }, and in proportion where `maxConnectionsPerIp` is larger
   */
  readonly connectionRate?: ConnectionRateOptions | false
  /**
   * The number of calls of `authorize` for one address at a time; others wait, within `handshakeTimeout`. A call counts until it ends, also after the client
   * has left, at most 60 s. @default 100
   */
  readonly maxAuthorizing?: number
  /** The number of running requests of all clients, counted until they end. @default 20000 */
  readonly maxPendingTotal?: number
  /** The number of calls in one JSON-RPC batch. @default 100 */
  readonly maxBatch?: number
  /** Connects this server with those of other processes or machines. It is closed with the server. @default none */
  readonly bus?: Bus
  /**
   * The time without a message, in milliseconds, after which another node of the bus counts as dead, and its connections are no longer counted. Each node
   * reports its count three times within that time. @default 30000
   */
  readonly nodeTimeout?: number
  /**
   * Gives clients that ask for it a session: what is sent to a client waits for its acknowledgement, also while it is disconnected, and goes on where it was
   * when the client is back. See docs/server.md#sessions. @default no sessions
   */
  readonly session?: SessionOptions<T['user']>
}
