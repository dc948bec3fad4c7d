import type { RpcProblem } from '../rpc/types.js'
import type { StreamProblem } from './problems.js'
import type { PushList } from './pushList.js'

/**
 * What a stream is doing:
 *
 * ```
 * connecting ─subscribed, and the first data is there→ live ←─→ stale (pushes may be missing)
 *     any ─the server refuses→ error
 * ```
 */
export type StreamStatus = 'connecting' | 'live' | 'stale' | 'error'

/** The part of a cache entry that is read. */
export interface EntryState {
  /** The status of RTK Query; `uninitialized` also after the entry was removed. */
  readonly status: string
  /** The id of the latest request. */
  readonly requestId?: string | undefined
}

/** A request under way. Its result may be older than pushes that are in the data already. */
interface Fetch<Push> {
  /** `undefined` for a request that the stream is starting. */
  readonly requestId: string | undefined
  /** What was pushed meanwhile: it is put into the result as well. */
  readonly replay: PushList<Push> | undefined
}

/** The state of one stream. Each member is changed by its own events. */
export interface StreamLifecycle<Push> {
  /** How many pushes may wait. */
  readonly maxBuffered: number
  /** Whether the server pushes: not yet, now, not any more, or it refused. */
  readonly subscription: 'new' | 'active' | 'lost'
  readonly error: StreamProblem | undefined
  /** Whether the entry has its first data. */
  readonly isLoaded: boolean
  /** Pushes that are not in the data yet. */
  readonly waiting: PushList<Push> | undefined
  /** Whether a `flush` is due. */
  readonly isScheduled: boolean
  readonly fetch: Fetch<Push> | undefined
  /** The request at which pushes were missed: only the result of a later one has them. `''` when there was none. */
  readonly gapAt: string | undefined
  /** Whether the entry must be fetched because of the gap. */
  readonly isOwed: boolean
  /** Whether too many pushes waited. Those that follow are not kept until the entry is fetched. */
  readonly hasOverflowed: boolean
  /** The status that was reported last. */
  readonly status: StreamStatus | undefined
  readonly hasEnded: boolean
}

/** What happens to a stream. */
export type StreamEvent<Push> =
  | { readonly type: 'started' }
  /** The server pushed something. */
  | { readonly type: 'pushed'; readonly push: Push }
  /** The server accepted the subscription; `recovered`: it has missed no push. */
  | { readonly type: 'subscribed'; readonly recovered: boolean }
  /** The connection is lost. */
  | { readonly type: 'lost' }
  /** There is no subscription, and there will be none. */
  | { readonly type: 'failed'; readonly error: StreamProblem | RpcProblem }
  /** The entry has its first data. */
  | { readonly type: 'loaded' }
  /** A request of the entry's endpoint has ended. */
  | { readonly type: 'settled'; readonly requestId: unknown }
  /** The fetch that the stream asked for has started, if it can. */
  | { readonly type: 'refetched' }
  /** The time that was scheduled has come. */
  | { readonly type: 'flush' }
  /** The entry was removed. */
  | { readonly type: 'removed' }

/** What a transition asks for, to be done in this order. */
export type StreamEffect<Push> =
  /** Put pushes into the data. */
  | { readonly type: 'apply'; readonly pushes: readonly Push[] }
  /** Fetch the entry; then `refetched` follows at once. */
  | { readonly type: 'refetch' }
  /** Let `flush` follow, at most once a frame. */
  | { readonly type: 'schedule' }
  /** The scheduled `flush` is not needed any more. */
  | { readonly type: 'cancel' }
  /** The status has changed. */
  | { readonly type: 'report'; readonly status: StreamStatus; readonly error: StreamProblem | undefined }
