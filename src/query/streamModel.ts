import type { ChannelPosition } from '../internal/channelPosition.js'
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

/** Pushes that are missing in the data. */
interface Gap {
  /** The request at which they were missed: only the result of a later one has them. `''` when there was none. */
  readonly since: string
  /** `owed`: the entry must be fetched. `overflowed`: it must, and no push is kept until then. `started`: the fetch has started. */
  readonly fetch: 'owed' | 'overflowed' | 'started'
}

/** What every state has until the entry is removed. */
interface Common {
  /** How many pushes may wait. */
  readonly maxBuffered: number
  /** Whether the server pushes: not yet, now, not at the moment, or never again. */
  readonly subscription: 'new' | 'active' | 'lost' | 'failed'
  readonly gap?: Gap | undefined
  /** The position of the newest push or, when that is later, of the data: no push up to it is taken any more. `undefined` in a channel without history. */
  readonly at?: ChannelPosition | undefined
  /** The status that was reported last. */
  readonly status?: StreamStatus | undefined
}

/** A request is under way. */
interface Request<Push> {
  /** What was pushed meanwhile. The result may be older, so that these pushes are put into it. */
  readonly replay?: PushList<Push> | undefined
}

/** The entry has data. */
interface Data<Push> {
  /** Pushes that are not in the data yet. While there are any, a `flush` is scheduled. */
  readonly waiting: PushList<Push> | undefined
}

/**
 * The state of one stream, by what its cache entry has:
 *
 * ```
 * loading ─loaded→ current ─a request is seen, or started because of a gap→ fetching
 *                     ↑                                                        │
 *                     └────────────────────── settled ─────────────────────────┘
 *
 * any ─removed→ removed
 * ```
 *
 * Pushes are kept while it is loading, and put into the data at most once a frame from then on. Missed pushes leave a `gap`. Once the subscription is active
 * and the entry has data, the gap starts a fetch, after the request that is under way.
 *
 * Where the result and the pushes have positions, only the pushes after the result are put into it. When pushes between the two are missing, because the
 * result is older than the subscription, the stream subscribes again from the position of the result.
 */
export type StreamLifecycle<Push> =
  | (Common &
      (
        | ({ readonly phase: 'loading' } & Request<Push>)
        | ({ readonly phase: 'current' } & Data<Push>)
        /** `requestId`: `undefined` for a request that the stream is starting. */
        | ({ readonly phase: 'fetching'; readonly requestId: string | undefined } & Request<Push> & Data<Push>)
      ))
  | { readonly phase: 'removed' }

/** What happens to a stream. */
export type StreamEvent<Push> =
  | { readonly type: 'started' }
  /** The server pushed something. */
  | { readonly type: 'pushed'; readonly push: Push; readonly offset?: number | undefined }
  /** The server accepted the subscription; `recovered`: it has missed no push. `at`: the position before the next push. */
  | { readonly type: 'subscribed'; readonly recovered: boolean; readonly at?: ChannelPosition | undefined }
  /** A push shows that others are missing. */
  | { readonly type: 'missing' }
  /** The connection is lost. */
  | { readonly type: 'lost' }
  /** There is no subscription, and there will be none. */
  | { readonly type: 'failed'; readonly error: StreamProblem | RpcProblem }
  /** The entry has its first data, which contains the pushes up to `at`. */
  | { readonly type: 'loaded'; readonly at?: ChannelPosition | undefined }
  /** A request of the entry's endpoint has ended; its result contains the pushes up to `at`. */
  | { readonly type: 'settled'; readonly requestId: unknown; readonly at?: ChannelPosition | undefined }
  /** The fetch that the stream asked for has started, if it can. */
  | { readonly type: 'refetched' }
  /** The time that was scheduled has come. */
  | { readonly type: 'flush' }
  /** The entry was removed. */
  | { readonly type: 'removed' }

/** What a transition asks for, to be done in this order. */
export type StreamEffect<Push> =
  /** Put pushes into the data. A scheduled `flush` is not needed any more. */
  | { readonly type: 'apply'; readonly pushes: readonly Push[] }
  /** Subscribe again from this position, which is that of the data. */
  | { readonly type: 'rejoin'; readonly at: ChannelPosition }
  /** Fetch the entry; then `refetched` follows at once. */
  | { readonly type: 'refetch' }
  /** Let `flush` follow, at most once a frame. */
  | { readonly type: 'schedule' }
  /** The scheduled `flush` is not needed any more. */
  | { readonly type: 'cancel' }
  /** The status has changed. */
  | { readonly type: 'report'; readonly status: StreamStatus; readonly error: StreamProblem | undefined }
