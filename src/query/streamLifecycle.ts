import { append, sizeOfList, toArray } from './pushList.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import type { EntryState, StreamEffect, StreamEvent, StreamLifecycle, StreamStatus } from './streamModel.js'

// The pure part of a stream: what follows from an event, given its state and the cache entry.

type Present<Push> = Exclude<StreamLifecycle<Push>, { phase: 'removed' }>
type Loading<Push> = Extract<StreamLifecycle<Push>, { phase: 'loading' }>
type Fetching<Push> = Extract<StreamLifecycle<Push>, { phase: 'fetching' }>
type Loaded<Push> = Exclude<Present<Push>, Loading<Push>>
type Result<Push, State = Present<Push>> = readonly [state: State, effects: readonly StreamEffect<Push>[]]

/** The state before the first event. */
export const newStream = <Push>(maxBuffered: number): StreamLifecycle<Push> => ({
  phase: 'loading',
  maxBuffered,
  subscription: 'new',
})

/** The server pushes, or does not. After `failed` this does not change any more. */
const subscribe = <Push, State extends Present<Push>>(state: State, subscription: State['subscription']): State =>
  state.subscription === 'failed' ? state : { ...state, subscription }

/** The entry has data, and no request is followed. */
const toCurrent = <Push>(
  { at, gap, maxBuffered, status, subscription }: Present<Push>,
  waiting: Loaded<Push>['waiting'],
): Loaded<Push> => ({ phase: 'current', maxBuffered, subscription, gap, status, waiting, at })

/** Pushes are missing, or will be: the entry must be fetched. The kept ones are discarded, because the result of the fetch contains them. */
const miss = <Push, State extends Present<Push>>(
  state: State,
  entry: EntryState,
  fetch: 'owed' | 'overflowed',
): State => ({
  ...state,
  gap: { since: entry.requestId ?? '', fetch: state.gap?.fetch === 'overflowed' ? 'overflowed' : fetch },
  ...('replay' in state && { replay: undefined }),
})

/** Keeps a push for the result of the request under way. When there is no room, it is missed. */
const keep = <Push, State extends Loading<Push> | Fetching<Push>>(
  state: State,
  { push, offset }: EventOf<Push, 'pushed'>,
  entry: EntryState,
): State => {
  if (state.gap?.fetch === 'overflowed') return state
  return sizeOfList(state.replay) < state.maxBuffered
    ? { ...state, replay: append(state.replay, push, offset) }
    : miss<Push, State>(state, entry, 'overflowed')
}

/** Follows the request under way: its result may be older than what is pushed meanwhile. */
const follow = <Push>(state: Loaded<Push>, { requestId, status }: EntryState): Loaded<Push> =>
  status === 'pending' ? { replay: state.waiting, ...state, phase: 'fetching', requestId } : state

/** Puts the waiting pushes into the data; without those that it contains. */
const flush = <Push>(state: Loaded<Push>, entry: EntryState, last?: number): Result<Push, Loaded<Push>> => {
  const nodes = toArray(state.waiting).filter(({ offset }) => !(offset! <= last!))
  // The data of an entry that was removed are gone.
  if (!nodes.length || entry.status === 'uninitialized') return [{ ...state, waiting: undefined }, []]
  return [{ ...follow(state, entry), waiting: undefined }, [{ type: 'apply', pushes: nodes.map(({ push }) => push) }]]
}

/** The pushes between the data and the subscription are missing: subscribes again from the data. */
const rejoin = <Push>(state: Loaded<Push>, at: ChannelPosition): Result<Push> => [
  { ...state, at, waiting: undefined, subscription: 'lost' },
  [{ type: 'rejoin', at }],
]

/** The entry has a result. Puts the kept pushes into it: where both have positions, those after it. */
const join = <Push>(
  state: Present<Push>,
  kept: Loaded<Push>['waiting'],
  at: ChannelPosition | undefined,
  entry: EntryState,
): Result<Push> => {
  const { at: newest = at } = state
  const next = { ...toCurrent(state, kept), at: newest }
  // A position of another epoch says nothing: only a result that was asked for since the last gap has all pushes before the kept ones.
  if (!at || at.epoch !== newest!.epoch)
    return at && !state.gap ? [miss({ ...next, waiting: undefined }, entry, 'owed'), []] : flush(next, entry)
  const [oldest] = toArray(kept)
  if (at.offset + 1 < (oldest?.offset ?? newest!.offset + 1)) return rejoin(next, at)
  return flush({ ...next, at: at.offset > newest!.offset ? at : newest }, entry, at.offset)
}

/** Fetches what was missed, once no older result is on its way. */
const fetchMissed = <Push>(state: Present<Push>, entry: EntryState): Result<Push> => {
  const { gap, subscription } = state
  if (!gap || gap.fetch === 'started' || subscription !== 'active' || state.phase === 'loading') return [state, []]
  if (entry.status === 'pending') return [follow(state, entry), []]
  return [
    { requestId: undefined, replay: state.waiting, ...state, phase: 'fetching', gap: { ...gap, fetch: 'started' } },
    [{ type: 'refetch' }],
  ]
}

type EventOf<Push, Type extends StreamEvent<Push>['type']> = Extract<StreamEvent<Push>, { readonly type: Type }>

const onPushed = <Push>(state: Loaded<Push>, event: EventOf<Push, 'pushed'>, entry: EntryState): Result<Push> => {
  const followed = follow(state, entry)
  const waiting = append(followed.waiting, event.push, event.offset)
  const next = { ...(followed.phase === 'fetching' ? keep(followed, event, entry) : followed), waiting }
  if (waiting.size >= state.maxBuffered) return flush(next, entry)
  return [next, state.waiting ? [] : [{ type: 'schedule' }]]
}

const onSettled = <Push>(
  state: Fetching<Push>,
  { requestId, at }: EventOf<Push, 'settled'>,
  entry: EntryState,
): Result<Push> => {
  if (requestId !== state.requestId) return [state, []]
  // A request that failed has left the data as it was, with these pushes in it.
  if (entry.status === 'rejected' && entry.requestId === requestId) return [toCurrent(state, state.waiting), []]
  return join(state, state.replay ?? state.waiting, at, entry)
}

const onSubscribed = <Push>(
  state: Present<Push>,
  { recovered, at }: EventOf<Push, 'subscribed'>,
  entry: EntryState,
): Result<Push> => {
  const { phase, subscription } = state
  const isNew = subscription === 'new'
  const had = state.at?.epoch === at?.epoch && state.at
  const next = { ...subscribe<Push, Present<Push>>(state, 'active'), at: (recovered && had) || at }
  if (isNew && phase !== 'loading' && had)
    return had.offset < at!.offset ? rejoin(next as Loaded<Push>, had) : [next, []]
  // Data that is older than the subscription may lack what happened in between.
  const isMissing = isNew ? phase !== 'loading' : !recovered
  return [isMissing ? miss(next, entry, 'owed') : next, []]
}

type Transitions = Partial<
  Record<StreamEvent<never>['type'], (state: never, event: never, entry: EntryState) => Result<never>>
>

/** What the events do in every state, unless the table below says otherwise. */
const general: Transitions = {
  subscribed: onSubscribed,
  lost: (state: Present<never>) => [subscribe(state, 'lost'), []],
  failed: (state: Present<never>) => [subscribe(state, 'failed'), []],
}

const loaded: Transitions = {
  pushed: onPushed,
  lost: (state: Loaded<never>, _, entry) => flush(subscribe<never, Loaded<never>>(state, 'lost'), entry),
  flush: (state: Loaded<never>, _, entry) => flush(state, entry),
  // A fetch that is owed or has started brings them.
  missing: (state: Loaded<never>, _, entry) => [state.gap ? state : miss(state, entry, 'owed'), []],
}

const table: Readonly<Record<Present<never>['phase'], Transitions>> = {
  loading: {
    pushed: (state: Loading<never>, event: EventOf<never, 'pushed'>, entry) => [keep(state, event, entry), []],
    loaded: (state: Loading<never>, { at }: EventOf<never, 'loaded'>, entry) => join(state, state.replay, at, entry),
  },
  current: {
    ...loaded,
    // A request during which nothing was pushed.
    settled: (state: Loaded<never>, { at, requestId }: EventOf<never, 'settled'>, entry) =>
      at && requestId === entry.requestId ? join(state, state.waiting, at, entry) : [state, []],
  },
  fetching: {
    ...loaded,
    settled: onSettled,
    refetched: (state: Fetching<never>, _, entry) => {
      const next = follow(state, entry)
      // The fetch could not start.
      return [next.phase === 'fetching' && next.requestId === undefined ? toCurrent(next, next.waiting) : next, []]
    },
  },
}

const statusOf = ({ gap, phase, subscription }: Present<unknown>): StreamStatus => {
  if (subscription === 'failed') return 'error'
  if (phase === 'loading' || subscription === 'new') return 'connecting'
  return gap || subscription === 'lost' ? 'stale' : 'live'
}

/** Ends the gap with the result of a later request, and reports a status that has changed. */
const report = <Push>(state: Present<Push>, event: StreamEvent<Push>, entry: EntryState): Result<Push> => {
  const { gap, subscription } = state
  const isFilled = subscription === 'active' && entry.status === 'fulfilled' && entry.requestId !== gap?.since
  const next = isFilled && state.phase !== 'loading' ? { ...state, gap: undefined } : state
  const status = statusOf(next)
  if (status === state.status) return [next, []]
  return [{ ...next, status }, [{ type: 'report', status, error: (event as Partial<EventOf<Push, 'failed'>>).error }]]
}

/**
 * The state after an event, and what it asks for. Pure and total: an event that a state does not expect changes nothing but what the entry says; a stream
 * whose entry was removed does not change any more.
 */
export const reduceStream = <Push>(
  state: StreamLifecycle<Push>,
  event: StreamEvent<Push>,
  entry: EntryState,
): Result<Push, StreamLifecycle<Push>> => {
  if (state.phase === 'removed') return [state, []]
  if (event.type === 'removed') {
    return [{ phase: 'removed' }, state.phase !== 'loading' && state.waiting ? [{ type: 'cancel' }] : []]
  }
  let current = state
  if (event.type === 'pushed' && event.offset !== undefined && state.at) {
    const { epoch, offset } = state.at
    if (event.offset <= offset) return [state, []]
    current = { ...state, at: { epoch, offset: event.offset } }
  }
  const transition = table[state.phase][event.type] ?? general[event.type]
  const [changed, effects] = transition?.(current as never, event as never, entry) ?? [current, []]
  const [fetching, fetchEffects] = fetchMissed<Push>(changed, entry)
  const [next, reports] = report(fetching, event, entry)
  return [next, [...effects, ...fetchEffects, ...reports]]
}
