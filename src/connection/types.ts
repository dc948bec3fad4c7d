import type { Frame } from '../internal/bytes.js'
import type { SerializedSocketError } from '../internal/errors.js'
import type { Backoff } from './backoff.js'

/** The members of a WebSocket that the library uses: the platform's, that of the package `ws`, or a mock's. */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  /** The subprotocol that the server chose; empty without one. */
  readonly protocol: string
  /** Set to `arraybuffer` right after the constructor, so that messages keep their order whatever their kind. */
  binaryType: string
  /** Bytes that were sent and are still in the socket's buffer. Optional: not every mock has it. */
  readonly bufferedAmount?: number
  /** Sends one message. Called only while `readyState` is 1. */
  send(data: Frame): void
  /** Starts the closing handshake, or aborts the attempt to connect. */
  close(code?: number, reason?: string): void
  /** Ends the connection without a closing handshake, where the runtime has it (`ws`). */
  terminate?(): void
  /** Whether this socket holds the real connection, where tabs share one. Only its connection performs the handshake, sends heartbeats and answers the server. */
  readonly isHolder?: boolean
  /** The handshake is done: the sockets of the other tabs may open. */
  ready?(): void
  /** The connection is dead: ends it for all tabs. */
  kill?(): void
  /** Called with `open`, `message`, `error` and `close`. */
  addEventListener(type: string, listener: (event: object) => void): void
}

/** A WebSocket class. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => WebSocketLike

/** How a connection ended, as reported by the network. */
export interface CloseInfo {
  /** The close code (RFC 6455 section 7.4); `null` where the network reported none: then there is a `cause`. */
  readonly code: number | null
  /** The close reason, at most 123 bytes of UTF-8; empty without one. */
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number
  /** Why the client gave the socket up without a close frame of the peer. `offline` is a timeout while the device reports that it is offline. */
  readonly cause?: 'timeout' | 'abandoned' | 'replaced' | 'offline'
}

/** Why a send was dropped. */
export type DropReason =
  | 'overflow'
  | 'expired'
  | 'closed'
  | 'offline'
  | 'too_large'
  | 'invalid'
  | 'replaced'
  | 'indeterminate'

/** How the first attempt after a connect ended. */
export type ConnectOutcome = 'open' | 'reconnecting' | 'closed' | 'failed'

/** The result of a send: passed to the socket, waiting in the queue, or dropped with a reason. */
export type Delivery =
  | { readonly delivery: 'sent' | 'queued' }
  | { readonly delivery: 'dropped'; readonly reason: DropReason }

/** What dispatching a send returns. */
export type SendResult = Delivery & { readonly id: string }

/** What a connection does after a socket is gone. */
export type NextPhase = 'connecting' | 'reconnecting' | 'closed' | 'failed'

/** The events of a connection. Times are milliseconds since the epoch, delays are milliseconds. */
export interface SocketEvents {
  /** An attempt starts. `attempt` is 0 for the first one and n for the n-th retry. The query and credentials of the url are redacted. */
  connecting: { readonly attempt: number; readonly url: string }
  /** The connection is ready. `reconnected`: it was open before, without a `socketClose` in between. */
  opened: {
    readonly url: string
    readonly protocol: string
    readonly reconnected: boolean
    readonly at: number
    /** Whether the session goes on; only with the option `session`. */
    readonly session?: 'none' | 'new' | 'resumed' | 'lost'
  }
  /** Something failed. The connection continues, or another event reports that it does not. */
  error: SerializedSocketError
  /** A socket is gone. `next` is what the connection does now. */
  closed: CloseInfo & { readonly next: NextPhase }
  /**
   * The next attempt waits for `delay`; `null` is a backoff of `Infinity`. `retryAt` is `null` when only a command, or the device coming online,
   * ends the wait.
   */
  reconnecting: {
    readonly attempt: number
    readonly delay: number | null
    readonly retryAt: number | null
    readonly at: number
  }
  /** The connection has given up, until the next connect. */
  failed: SerializedSocketError
  /** Sends that will not arrive. */
  dropped: { readonly reason: DropReason; readonly ids: readonly string[]; readonly count: number }
  /** Received bytes that were released to make room for newer ones. */
  released: { readonly ids: readonly string[] }
  /** Values of the state that changed, at most once every 16 ms. Features may add values of their own. */
  changed: {
    readonly queued?: number
    readonly buffered?: number
    readonly congested?: boolean
    readonly latency?: number | null
    readonly retryAt?: number | null
    /** `reconnecting`, and no `openedAt`: the socket is gone, and its `closed` follows once the messages that came before are decoded. */
    readonly status?: NextPhase | 'idle' | 'open' | 'closing'
    readonly openedAt?: number | null
  }
}

/** What `shouldReconnect` is given. */
export interface ClosedContext {
  /** The close code; `null` where the network reported none, for example when the attempt failed before the upgrade. */
  readonly code: number | null
  /** The close reason; empty without one. */
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
  /** Whether this socket was open. */
  readonly opened: boolean
  /** The number of the retry that would follow; 1 is the first. */
  readonly attempt: number
  /** The HTTP status of a refused upgrade, with `httpStatusFeature` and the class of `ws`; otherwise not there. */
  readonly httpStatus?: number
}

/** What follows a lost socket, in place of the close-code table; `undefined` leaves the decision to the table. */
export type ReconnectDecision = boolean | 'refresh' | { readonly delay: number } | undefined

/** How a connection reconnects. */
export interface ReconnectOptions {
  /** The delay before each retry. @default random, growing from 0–3 s to 12–30 s */
  readonly backoff?: Backoff
  /** The number of retries in a row before `failed`. @default Infinity */
  readonly maxRetries?: number
  /** How long a connection must be open, in milliseconds, for the count of retries to start over. @default 5000 */
  readonly minUptime?: number
  /**
   * Overrides the close-code table. `false` stops (`failed`), `true` retries, `{ delay }` retries after so many milliseconds, `'refresh'` retries
   * once with fresh credentials (the functions for url, params and protocols get `reason: 'refresh'`) as 4401 does, and `undefined` leaves the
   * decision to the table. Called once for each lost socket; not after `socketClose`, nor when the page enters the back-forward cache. When it
   * throws, the table decides.
   */
  readonly shouldReconnect?: (closed: ClosedContext) => ReconnectDecision
  /** The source of random numbers for the backoff. @default Math.random */
  readonly random?: () => number
}

/** The bounds of the queue of sends that wait for the connection. */
export interface QueueOptions {
  /** How many sends may wait. @default 1000 */
  readonly maxMessages?: number
  /** How many UTF-8 bytes may wait. @default 1048576 */
  readonly maxBytes?: number
  /** How long a send may wait, in milliseconds. @default Infinity */
  readonly ttl?: number
  /** Which sends are dropped when the queue is full. @default 'drop-newest' */
  readonly overflow?: 'drop-newest' | 'drop-oldest'
  /**
   * When more bytes than this are in the socket's buffer, sends wait in the queue until half of them are gone. @default 1048576
   */
  readonly highWaterMark?: number
}

/** Query parameters; `null` and `undefined` are left out, a Date becomes its ISO text. */
export type Params = Readonly<Record<string, string | number | boolean | Date | null | undefined>>

/** A subprotocol that carries a credential: what `secret()` of `reduplex/features` returns. */
export interface Secret {
  /** Always `…`. */
  readonly toString: () => string
  /** Always `…`. */
  readonly toJSON: () => string
}

/** What the functions for url, params and protocols are given. */
export interface AttemptContext {
  /** 0 for the first attempt, n for the n-th retry. */
  readonly attempt: number
  /** Why there is an attempt: a command, a lost connection, or a server that asked for fresh credentials (close code 3000 or 4401). */
  readonly reason: 'connect' | 'retry' | 'refresh'
  /** How the previous socket of this connection ended. */
  readonly lastClose: CloseInfo | null
  /** Aborted when the attempt ends before the function does. */
  readonly signal: AbortSignal
}

/** A value, or a function that is called once before every attempt. It may be async. */
export type ValueOrFactory<Value, Context> = Value | ((context: Context) => Value | Promise<Value>)

/** Where to connect. */
export interface Address<Context = AttemptContext> {
  /**
   * Absolute, or relative to the page (or to its `<base href>`); http(s) becomes ws(s). A function may be async and may throw: the attempt then fails.
   * @default the page's origin + '/ws'
   */
  readonly url?: ValueOrFactory<string | URL, Context>
  /** Joined to the url; without a url, to the page's origin in place of '/ws'. The empty string joins nothing. */
  readonly path?: string
  /** Added to the url's query, in place of parameters of the same name. `URLSearchParams` may repeat one. Not sent to another origin that a `socketConnect` names. */
  readonly params?: ValueOrFactory<Params | URLSearchParams, Context>
  /** The subprotocols to offer, the preferred one first. Not sent to another origin that a `socketConnect` names. */
  readonly protocols?: ValueOrFactory<string | Secret | readonly (string | Secret)[], Context>
}

/** How one send is treated while there is no connection. */
export interface SendOptions {
  /** Names the send in `socketDropped` and in the result. @default generated */
  readonly id?: string
  /** `drop` drops the send when it cannot go out at once, or when the socket is lost before it went out. @default 'queue' */
  readonly whenOffline?: 'queue' | 'drop'
  /** How long it may wait in the queue, in milliseconds. @default the queue's ttl */
  readonly ttl?: number
}
