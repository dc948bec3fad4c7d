import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { Problem } from '../internal/errors.js'
import type { Backoff } from './backoff.js'

/** The part of a WebSocket that is used: the platform's, the `ws` package's or a mock's. */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  /** The subprotocol that the server chose; empty when none. */
  readonly protocol: string
  /** Set to `arraybuffer` before anything arrives, so that messages keep their order whatever their kind. */
  binaryType: string
  /** Bytes handed over and not yet gone; not every mock has it. */
  readonly bufferedAmount?: number
  /** Sends one message; called only while `readyState` is 1. */
  send(data: Frame): void
  /** Begins the closing handshake, or ends a dial. */
  close(code?: number, reason?: string): void
  /** Where the runtime has it (`ws`): ends the connection without a closing handshake. */
  terminate?(): void
  /** For `open`, `message`, `error` and `close`. */
  addEventListener(type: string, listener: (event: object) => void): void
}

/** A class that makes them. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => WebSocketLike

/** How a connection ended, as the network said it. */
export interface CloseInfo {
  /** The close code (RFC 6455 section 7.4); `null` where the network said nothing: then there is a `cause`. */
  readonly code: number | null
  /** The close reason, at most 123 bytes of UTF-8; empty where none was given. */
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
  /** When, in milliseconds since the epoch. */
  readonly at: number
  /** Why we let go of a socket that had not said goodbye: `offline` is a timeout while the machine said that it is offline. */
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

/** What became of a send: handed to the socket, waiting in the queue, or dropped and why. */
export type Delivery =
  | { readonly delivery: 'sent' | 'queued' }
  | { readonly delivery: 'dropped'; readonly reason: DropReason }

/** What a connection tells. Times are milliseconds since the epoch, delays milliseconds. */
export interface SocketEvents {
  /** An attempt begins; 0 is the first, n the n-th retry. The url's query and credentials are redacted. */
  connecting: { readonly attempt: number; readonly url: string }
  /** The connection is ready. `reconnected` when it was open before without a close in between. */
  opened: { readonly url: string; readonly protocol: string; readonly reconnected: boolean; readonly at: number }
  /** Something went wrong; the connection goes on, or another event says that it does not. */
  error: Problem
  /** A socket is gone; `next` is what the connection does then. */
  closed: CloseInfo & { readonly next: 'connecting' | 'reconnecting' | 'closed' | 'failed' }
  /**
   * The next attempt waits for `delay`; `null` is a backoff's `Infinity`. `retryAt` is `null` when only a command can end the wait, or the
   * machine coming online.
   */
  reconnecting: { readonly attempt: number; readonly delay: number | null; readonly retryAt: number | null }
  /** The connection has given up, until the next connect. */
  failed: Problem
  /** Sends that will not arrive. */
  dropped: { readonly reason: DropReason; readonly ids: readonly string[]; readonly count: number }
  /** Received bytes that had to make room for newer ones. */
  released: { readonly ids: readonly string[] }
  /** Counters that changed, at most once a frame. */
  changed: {
    readonly queued?: number
    readonly buffered?: number
    readonly latency?: number | null
    readonly retryAt?: number | null
    readonly congested?: boolean
  }
}

/** Where a connection's events go. Must not throw. */
export type Emit = <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => void

/** What an ended connection looked like, for {@link ReconnectOptions.shouldReconnect}. */
export interface ClosedContext {
  /** The close code; `null` where the network said nothing, as when the dial did not get that far. */
  readonly code: number | null
  /** The close reason; empty where none was given. */
  readonly reason: string
  /** Whether the closing handshake was completed. */
  readonly wasClean: boolean
  /** Whether this socket had been open. */
  readonly opened: boolean
  /** The number of the retry that would follow; 1 is the first. */
  readonly attempt: number
}

/** How a connection comes back. */
export interface ReconnectOptions {
  /** The delay before each retry. @default random, growing from 0–3 s to 12–30 s */
  readonly backoff?: Backoff
  /** How many retries in a row before `failed`. @default Infinity */
  readonly maxRetries?: number
  /** How long a connection must have been open, in milliseconds, for the count of retries to start over. @default 5000 */
  readonly minUptime?: number
  /**
   * Overrides the close-code table: false stops, true retries, `{ delay }` retries after so many milliseconds. Called once a lost
   * socket, never after a `socketClose`, nor when the page goes into the back-forward cache. When it throws, the table decides.
   */
  readonly shouldReconnect?: (closed: ClosedContext) => boolean | { readonly delay: number }
  /** The source of randomness of the backoff. @default Math.random */
  readonly random?: () => number
}

/** The bounds of the queue of sends that wait for the connection. */
export interface QueueOptions {
  /** @default 1000 */
  readonly maxMessages?: number
  /** In UTF-8 bytes. @default 1048576 */
  readonly maxBytes?: number
  /** How long a send may wait, in milliseconds. @default Infinity */
  readonly ttl?: number
  /** Which end gives way when the queue is full. @default 'drop-newest' */
  readonly overflow?: 'drop-newest' | 'drop-oldest'
  /**
   * Bytes handed to the socket and not yet gone, above which sends wait in the queue until half of them are. @default 1048576
   */
  readonly highWaterMark?: number
}

/** What a handshake of the engine is given: frames, not values. */
export interface Wire {
  readonly send: (frame: Frame) => void
  /**
   * The next frame that came. Rejects when the socket closes first, at once when the handshake is over, and with the reason of `signal` when that
   * is aborted first: then it takes no frame.
   */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<ReceivedFrame>
  readonly reconnected: boolean
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

/** Query parameters; `null` and `undefined` are left out. */
export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>

/** What a provider of url, params or protocols is told. */
export interface AttemptContext {
  /** 0 for the first attempt, n for the n-th retry. */
  readonly attempt: number
  /** Why there is an attempt: a command, a lost connection, or a server that asked for fresh credentials (close code 4401). */
  readonly reason: 'connect' | 'retry' | 'refresh'
  /** How the previous socket of this connection ended. */
  readonly lastClose: CloseInfo | null
  /** Aborted when the attempt is over before the provider is. */
  readonly signal: AbortSignal
}

/** A value, or a function that is called once before every attempt. */
export type Provided<Value, Context> = Value | ((context: Context) => Value | Promise<Value>)

/** Where to connect. */
export interface Address<Context = AttemptContext> {
  /**
   * Absolute or relative to the page; http(s) becomes ws(s). A function may be async and may throw: that attempt has then failed.
   * @default the page's origin + '/ws'
   */
  readonly url?: Provided<string | URL, Context>
  /** Joined to the url; without one, to the page's origin in place of '/ws'. Empty for none. */
  readonly path?: string
  /** Added to the url's query. Not sent to another origin that a `socketConnect` names. */
  readonly params?: Provided<Params | URLSearchParams, Context>
  /** The subprotocols on offer, the preferred one first. Not sent to another origin that a `socketConnect` names. */
  readonly protocols?: Provided<string | readonly string[], Context>
}

/** How one send is to be treated while there is no connection. */
export interface SendOptions {
  /** Names the send in `socketDropped` and in the result. @default generated */
  readonly id?: string
  /** @default 'queue' */
  readonly whenOffline?: 'queue' | 'drop'
  /** How long it may wait in the queue, in milliseconds. @default the queue's ttl */
  readonly ttl?: number
}
