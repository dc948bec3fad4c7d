import type { Action, ThunkAction, ThunkDispatch, UnknownAction } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/command.js'
import type { Contract, InputOf, MaybeSchema, OutputOf, Plain, SocketSchema } from '../actions/contract.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import type { Codec } from '../codec/types.js'
import type { Address, AttemptContext, QueueOptions, ReconnectOptions, WebSocketClass } from '../connection/types.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { ClientSessionOptions, SendRateOptions } from './featureOptions.js'
import type { Rule } from './match.js'
import type { SocketProtocol } from './protocol.js'

/** What the callbacks of the app are given of the store. */
export interface CallbackContext<Root = unknown, Extra = unknown> {
  /** The store's dispatch, for thunks and commands too. */
  readonly dispatch: SocketDispatch & ThunkDispatch<Root, Extra, UnknownAction>
  /** The store's state. */
  readonly getState: () => Root
  /** The extra argument of the store's thunks (`thunk: { extraArgument }`). */
  readonly extra: Extra
}

/** What the functions for url, params and protocols are given. */
export interface ProviderContext<Root = unknown, Extra = unknown>
  extends AttemptContext, CallbackContext<Root, Extra> {}

/** What `onOpen` is given. */
export interface OpenContext<Root = unknown, Extra = unknown> extends CallbackContext<Root, Extra> {
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
}

/** What a handshake is given. What its `dispatch` sends waits until the handshake is done; only a `socketRequest` goes out at once. */
export interface HandshakeContext<C extends Contract = Contract, Root = unknown, Extra = unknown> extends OpenContext<
  Root,
  Extra
> {
  /**
   * Sends a value at once, through the schema and the codec. Throws what they throw. Where one of them is async, sends keep their order and the
   * handshake fails when one of them does. The handshake ends only when everything was passed to the socket.
   */
  readonly send: (value: C['send']) => void
  /**
   * The next message, decoded. What is not read goes to the store after `open`. Rejects with `connection_lost` when the socket closes first, with
   * `handshake_over` once the handshake is done, and with the reason of `signal` when that is aborted first: the next `receive` then gets the message.
   */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<C['receive']>
  /**
   * Sets the times of the heartbeat, in milliseconds, for a server that dictates them. They hold until the next call. Needs the option `heartbeat`.
   */
  readonly setHeartbeat: (times: Partial<Pick<HeartbeatOptions, 'interval' | 'timeout'>>) => void
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

/** The texts of a ping that the server sends, and of the answer. */
export interface PingOptions {
  /** @default 'ping' */
  readonly ping?: string
  /** @default 'pong' */
  readonly pong?: string
}

/**
 * Answers the pings of a server. `message` is the decoded frame; `undefined` where the codec cannot decode it, or is asynchronous. Every frame is then decoded
 * once more. Returns the answer: a text or bytes are sent unchanged, another value through the codec. `undefined`, `null` or `false` for a frame that is no ping, which goes on
 * to the store. An error that it throws is reported as `callback_failed`, and the frame goes on.
 *
 * @example
 * const respondToPing: RespondToPing = (message) => (isPing(message) ? { pong: message.ping } : undefined)
 */
export type RespondToPing = (message: unknown, frame: ReceivedFrame) => unknown

/** How a dead connection is noticed. Times are milliseconds. */
export interface HeartbeatOptions {
  /** How often the client asks, in milliseconds. */
  readonly interval: number
  /** How long the answer may take, in milliseconds from the question on. */
  readonly timeout: number
  /**
   * The question, as it goes on the wire; a function creates each one and gets its number (1, 2, …). `false` only listens, for a server that pings by
   * itself: silence of `interval + timeout` is then a miss. @default 'ping'
   */
  readonly message?: Frame | false | ((number: number) => Frame)
  /**
   * What an answer is: a text, or a function of the frame and the decoded message (`undefined` where it cannot be decoded). A function may return the number of the question: what was sent before that question has then
   * arrived. Answers reach neither the store nor listeners. @default 'pong'
   */
  readonly reply?: string | ((frame: ReceivedFrame, message: unknown) => boolean | number)
}

/** The bounds of received bytes, which stay outside the store. */
export interface BinaryOptions {
  /** How many bytes in all. @default 67108864 (64 MiB) */
  readonly maxBytes?: number
  /** How many pieces. @default 1000 */
  readonly maxCount?: number
}

/** Reports when the app leaves the foreground and comes back, where there are no events of a page. */
export interface Lifecycle {
  /**
   * Calls `pause` at once when the app is in the background, each time it enters the background, and may when the network is gone. Returns a function that
   * stops it.
   */
  readonly onPause: (pause: () => void) => () => void
  /** Calls `resume` each time the app is back in the foreground, and when the network is back. Returns a function that stops it. */
  readonly onResume: (resume: () => void) => () => void
  /** Whether the device has a network: no attempt starts without one. @default what `navigator.onLine` says; true without it */
  readonly isOnline?: () => boolean
}

/** How received messages are collected. */
export interface BatchOptions<Message = unknown> {
  /** How long a message may wait for others, in milliseconds, from 1 to 1000. Browsers delay it to at most a second while the page is hidden. @default 16 */
  readonly within?: number
  /**
   * Of the messages that wait, only the newest of each key is kept, at its own place. A message for which it returns `undefined` is kept. Gets the message as
   * plain data. @default every message is kept
   */
  readonly key?: (message: Message) => string | undefined
}

/** Headers of an upgrade request, by name. */
export type SocketHeaders = Readonly<Record<string, string>>

/** What `toActions` may return. */
export type MappedActions<Root = unknown> =
  | Action
  | ThunkAction<unknown, Root, never, UnknownAction>
  | readonly (Action | ThunkAction<unknown, Root, never, UnknownAction>)[]
  | undefined

/** What is sent and received, by the contract of the actions; where that leaves it open, by the schema. */
export interface Agreed<C extends Contract, Receive, Send> extends Contract {
  /** What `send` takes. */
  readonly send: unknown extends C['send'] ? InputOf<Send> : C['send']
  /** What is received. */
  readonly receive: unknown extends C['receive'] ? OutputOf<Receive> : C['receive']
}

/** What `toActions` gets: a message, or with `batchFeature` an array of them. */
export type Batch<Message, IsBatched extends boolean> = IsBatched extends true ? readonly Message[] : Message

/** The options of `createSocketMiddleware`. Times are milliseconds. */
export interface SocketMiddlewareOptions<
  C extends Contract = Contract,
  Root = unknown,
  Receive extends MaybeSchema<C['receive']> = MaybeSchema<C['receive']>,
  Send extends MaybeSchema = MaybeSchema,
  Extra = unknown,
  IsBatched extends boolean = false,
> extends Address<ProviderContext<Root, Extra>> {
  /** A set of `createSocketActions`: names and types the connection. @default the default connection */
  readonly actions?: SocketActions<C>
  /** The class to connect with. @default the runtime's `WebSocket` */
  readonly WebSocket?: WebSocketClass
  /**
   * Headers of the upgrade request, or a function that returns them before every attempt. Needs `headersFeature` of `reduplex/features`, and a class that takes options as its
   * third argument, as those of `ws` and React Native do; browsers allow no headers. @default none
   */
  readonly headers?: SocketHeaders | (() => SocketHeaders)
  /** Values to frames and back. A codec that is async, or that returns values that are not plain data, needs `asyncFeature`. @default json() */
  readonly codec?: Codec<never>
  /** Codecs that are offered to the server by their subprotocols; the last one is used when it chooses none. Needs `asyncFeature`. */
  readonly codecs?: readonly Codec<never>[]
  /** Checks both directions with Standard Schemas, which may transform. Needs `schemaFeature`. @default that of `actions` */
  readonly schema?: SocketSchema<Receive, Send>
  /** The bounds of received bytes, which stay outside the store: `readBinary`. Needs `binaryFeature`. @default 64 MiB, 1000 pieces */
  readonly binary?: BinaryOptions
  /**
   * Which received messages become the app's own actions as they are. Only `type`, `payload` and `error` come through; `meta.receivedFrom` names the
   * connection. @default none: every message becomes a `socketMessage`
   */
  readonly accept?: Rule | readonly Rule[]
  /**
   * Maps a message that no `accept` rule matches, as plain data, to actions or thunks. `undefined` leaves it a `socketMessage`. With `batchFeature` it gets an
   * array of messages.
   */
  readonly toActions?: (message: Batch<Plain<Agreed<C, Receive, Send>['receive']>, IsBatched>) => MappedActions<Root>
  /**
   * Collects received messages for the time of a frame. Those that no `accept` rule matches are then passed to `toActions` in one array. Needs `batchFeature`
   * of `reduplex/batch`. @default { within: 16 }
   */
  readonly batch?: BatchOptions<Plain<Agreed<C, Receive, Send>['receive']>>
  /** Further type prefixes that no message may have, such as RTK Query's reducerPath. @default [] */
  readonly reserved?: readonly string[]
  /**
   * Which of the app's actions are also sent, as `type`, `payload` and `error`. The reducers get them with `meta.delivery` and `meta.id`. What was
   * received on any connection is never sent. @default none
   */
  readonly forward?: Rule | readonly Rule[]
  /**
   * Answers a text `ping` of the server with `pong`; the store does not see it. A function answers other pings: it gets each frame that is no answer to the
   * heartbeat. @default { ping: 'ping', pong: 'pong' }, off for text() and raw()
   */
  readonly respondToPing?: PingOptions | RespondToPing | false
  /** Called each time the connection is ready and the queue was flushed. May be async; what it throws becomes a `socketError`. */
  readonly onOpen?: (context: OpenContext<Root, Extra>) => unknown
  /**
   * Asks the peer whether it is there, and reconnects when it does not answer. The store does not see the texts; `latency` in the state is the last
   * round trip. Without it a dead connection is noticed only when the operating system notices it. @default off
   */
  readonly heartbeat?: HeartbeatOptions | false
  /**
   * Runs each time the socket opens, before the queue is flushed; `open` then means ready. When it throws, the connection is retried; a
   * `SocketFailure` ends it. `connectTimeout` covers it. Needs `handshakeFeature`. @default none
   */
  readonly handshake?: (context: HandshakeContext<Agreed<C, Receive, Send>, Root, Extra>) => unknown
  /** A protocol beside the app's own messages: `jsonRpc()` of `reduplex/rpc`, or one of `createProtocol`. @default none */
  readonly protocol?: SocketProtocol
  /** Connects at the first send, and closes after `idleTimeout` without traffic. Needs `idleFeature`. @default false */
  readonly lazy?: boolean
  /** How long the connection may be without traffic before it closes, in milliseconds; the next send opens it again. 0 is never. @default 60000 when lazy, else 0 */
  readonly idleTimeout?: number
  /**
   * Replaces the events of the page where the app knows more, as in React Native. While paused no retry starts; after a resume the heartbeat asks at once, and
   * a retry that waits starts. Needs `lifecycleFeature` of `reduplex/lifecycle`. @default the events of the page
   */
  readonly lifecycle?: Lifecycle
  /** How the connection reconnects; `false` is `{ maxRetries: 0 }`. @default for ever, with a random backoff */
  readonly reconnect?: ReconnectOptions | false
  /** How long functions of the address, upgrade and handshake together may take, in milliseconds. @default 10000 */
  readonly connectTimeout?: number
  /** How long a closing handshake may take before the socket is given up, in milliseconds. @default 2000 */
  readonly closeTimeout?: number
  /** The sends that wait for the connection; `false` drops them instead. @default 1000 messages, 1 MiB */
  readonly queue?: QueueOptions | false
  /**
   * How many messages the client sends in a second, for servers that close faster ones: sends, resubscriptions, handshakes and heartbeats together. What has to
   * wait is `queued`, in order, within the bounds of the queue. Needs `rateFeature` of `reduplex/features`. @default no limit
   */
  readonly rate?: SendRateOptions | false
  /**
   * Sends that a lost connection has not delivered are sent again, none twice, and the server does the same: with a server that has sessions, such as the companion
   * server. Sends are then reported by `socketAcknowledged`. Needs `sessionFeature` of `reduplex/session`. @default no session
   */
  readonly session?: ClientSessionOptions
  /** Received actions carry RTK's auto-batch mark while the page is visible: subscribers are notified once a frame. @default true */
  readonly autoBatch?: boolean
  /**
   * Logs each step of the connection in one line, without the content of messages and without the query and credentials of urls: `true` to the console, or
   * a function that gets the line. Needs `debugFeature` of `reduplex/features`. @default false
   */
  readonly debug?: boolean | ((line: string) => void)
  /** A larger frame is a `socketError` and is not parsed. In bytes. @default 8388608 */
  readonly maxMessageBytes?: number
}
