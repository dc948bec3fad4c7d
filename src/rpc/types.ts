import type { SafePromise } from '@reduxjs/toolkit'
import type { DropReason } from '../connection/types.js'

/** Why a request got no answer: our words, listed in docs/errors.md. The reasons of a drop are among them. */
export type RequestFailure =
  | 'request_timeout'
  | 'request_aborted'
  | 'disconnected'
  | 'invalid_reply'
  | 'unsupported'
  | 'http_error'
  | Exclude<DropReason, 'indeterminate'>

/** What went wrong with a request, as plain data: the server's error object, or ours. */
export interface RpcProblem {
  /** The server's number (JSON-RPC 2.0 section 5.1), or a word of ours. */
  readonly code: number | RequestFailure
  /** For people. */
  readonly message: string
  /** Whatever the server added, as it was decoded. */
  readonly data?: unknown
}

/** How a request ended. */
export type RequestResult<Data> =
  | { readonly data: Data; readonly error?: undefined }
  | { readonly error: RpcProblem; readonly data?: undefined }

/** A request under way. It never rejects, and settles exactly once: by the answer, the timeout, an abort, or the loss of the connection. */
export type RequestHandle<Data = unknown> = SafePromise<RequestResult<Data>> & {
  /** The data. Rejects with an Error that carries the `code` and the `data` of the {@link RpcProblem}. */
  readonly unwrap: () => Promise<Data>
  /** Gives it up: settles it with `request_aborted`. The server is told, if it had been sent; else it is not sent at all. */
  readonly abort: () => void
}

/** How a request is treated. */
export interface RequestOptions {
  /** Milliseconds from now until it is given up, the wait for a connection included; `Infinity` never. @default 10000 */
  readonly timeout?: number | undefined
  /** Gives it up when aborted. */
  readonly signal?: AbortSignal | undefined
  /**
   * Sends it again on the next connection, within its timeout, when this one is lost before the answer, instead of ending it as `disconnected`. Only
   * with `idempotent`, which alone asks for it too; `false` declines. @default what `idempotent` says
   */
  readonly retry?: boolean | undefined
  /** Says that serving it twice does no harm. @default false */
  readonly idempotent?: boolean | undefined
  /** @default 'queue' */
  readonly whenOffline?: 'queue' | 'drop' | undefined
}

/** Hears what befalls one subscription. What it throws, or rejects with, is a `socketError` (`callback_failed`). */
export interface SubscriptionObserver {
  /** The server pushed something, plain. */
  readonly pushed?: ((data: unknown) => void) | undefined
  /**
   * The server knows of it, now or again. `answer` is what it said, `undefined` for who joins a subscription that is there already; `recovered` is false
   * when something may have been missed since it was active before.
   */
  readonly subscribed?: ((answer: unknown, recovered: boolean) => void) | undefined
  /** The connection is lost, and with it the subscription, until it is `subscribed` again. */
  readonly lost?: (() => void) | undefined
  /** The server refused it; it is over. */
  readonly failed?: ((error: RpcProblem) => void) | undefined
}

/** A subscription that the server knew of before the connection was lost. */
export interface Resubscription {
  /** The channel's name. */
  readonly channel: string
  /** What it began with. */
  readonly params: unknown
  /** The data of its last push, as the store got it; `undefined` when there was none. */
  readonly last: unknown
}

/** How a subscription is treated. */
export interface SubscribeOptions {
  /**
   * Whether all who ask with it for the same channel and params have one subscription at the server. It ends with the last of them.
   * @default false
   */
  readonly shared?: boolean | undefined
  /**
   * Hears each push, plain and in order, right before the reducers see it. What it throws, or rejects with, is a `socketError`.
   * @default none
   */
  readonly listener?: ((data: unknown) => unknown) | undefined
  /** Hears its pushes in place of the store. @default none: pushes are dispatched as `socketPush` */
  readonly observer?: SubscriptionObserver | undefined
  /**
   * Gives the params for asking again on a later connection, such as a cursor out of `last`; `undefined` for those that it began with.
   * @default none
   */
  readonly resume?: ((before: Resubscription) => unknown) | undefined
}
