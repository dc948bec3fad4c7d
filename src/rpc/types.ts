import type { SafePromise } from '@reduxjs/toolkit'
import type { DropReason } from '../connection/types.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import type { ChannelPath } from './dialects.js'

/** Why a request has no reply: the library's own codes, listed in docs/errors.md. The reasons of a drop are among them. */
export type RequestFailure =
  | 'request_timeout'
  | 'request_aborted'
  | 'disconnected'
  | 'invalid_reply'
  | 'unsupported'
  | 'http_error'
  | Exclude<DropReason, 'indeterminate'>

/** What went wrong with a request, as plain data: the server's error object, or one of the library. */
export interface RpcProblem {
  /** The server's number (JSON-RPC 2.0 section 5.1), a {@link RequestFailure}, or a word of a server that has words in place of numbers. */
  readonly code: number | RequestFailure | (string & {})
  /** One sentence. */
  readonly message: string
  /** What the server added, as it was decoded. */
  readonly data?: unknown
}

/** How a request ended. */
export type RequestResult<Data> =
  | { readonly data: Data; readonly error?: undefined }
  | { readonly error: RpcProblem; readonly data?: undefined }

/** A request. It never rejects, and settles exactly once: by the reply, the timeout, an abort, a drop, or the loss of the connection. */
export type RequestHandle<Data = unknown> = SafePromise<RequestResult<Data>> & {
  /** The data. Rejects with an Error that has the `code` and the `data` of the {@link RpcProblem}. */
  readonly unwrap: () => Promise<Data>
  /** Settles it with `request_aborted`. A request that still waits is not sent; for one that was sent, the server is asked to cancel it. */
  readonly abort: () => void
}

/** How a request is treated. */
export interface RequestOptions {
  /** Milliseconds from the dispatch until it fails with `request_timeout`; the wait for a connection counts. `Infinity` is never. @default 10000 */
  readonly timeout?: number | undefined
  /** Aborts the request. @default none */
  readonly signal?: AbortSignal | undefined
  /**
   * Sends the request again on the next connection, within its timeout, when this one is lost before the reply. Needs `idempotent`. Without it the
   * request ends as `disconnected`. @default the value of `idempotent`
   */
  readonly retry?: boolean | undefined
  /** Whether serving the request twice does no harm. @default false */
  readonly idempotent?: boolean | undefined
  /** `drop` drops the request when it cannot go out at once. @default 'queue' */
  readonly whenOffline?: 'queue' | 'drop' | undefined
}

/** Callbacks of one subscription. What one throws, or rejects with, is reported as a `socketError` (`callback_failed`). */
export interface SubscriptionObserver {
  /** The server pushed something; `data` is plain. `offset` is the number of the push in a channel with history. */
  readonly pushed?: ((data: unknown, offset?: number) => void) | undefined
  /**
   * The server accepted the subscription, for the first time or again. `answer` is its reply, `undefined` for a subscription that joins one which is active
   * already. `recovered` is false when pushes may have been missed since it was active before. `at` is the position before the next push, in a channel with
   * history.
   */
  readonly subscribed?: ((answer: unknown, recovered: boolean, at?: ChannelPosition) => void) | undefined
  /** The connection is lost. The server is asked again on the next one. */
  readonly lost?: (() => void) | undefined
  /** The server refused the subscription for good, or ended it. It is not asked again. */
  readonly failed?: ((error: RpcProblem) => void) | undefined
}

/** A subscription that was active before the connection was lost. */
export interface Resubscription {
  /** The channel's name, or its parts. */
  readonly channel: string | ChannelPath
  /** The params of the first subscription. */
  readonly params: unknown
  /** The last reply of the server that accepted the subscription, as it was decoded. */
  readonly answer: unknown
  /** The data of the last push, as plain data; `undefined` when there was none. */
  readonly last: unknown
}

/** How a subscription is treated. */
export interface SubscribeOptions {
  /**
   * Whether subscriptions with this option, and with the same channel and equal params, share one subscription at the server. It ends with the last of
   * them. @default false
   */
  readonly shared?: boolean | undefined
  /** Called with the plain data of each push, in order, right before the reducers get it. @default none */
  readonly listener?: ((data: unknown) => unknown) | undefined
  /** Gets the pushes instead of the store. @default none: pushes are dispatched as `socketPush` */
  readonly observer?: SubscriptionObserver | undefined
  /**
   * Where the subscription goes on, in a channel with history: the server sends what was published after this position. It then has its own subscription at
   * the server, also with `shared`. On later connections it goes on after the last push, as every subscription to such a channel does. @default now
   */
  readonly since?: ChannelPosition | undefined
  /**
   * Returns the params for subscribing again on a later connection, such as a cursor out of `last`; `undefined` for the params of the first subscription.
   * @default none
   */
  readonly resume?: ((before: Resubscription) => unknown) | undefined
}
