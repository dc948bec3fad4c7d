import { append, sizeOfList, toArray, type PushList } from './pushList.js'
import type { EntryState, StreamEffect, StreamEvent, StreamLifecycle, StreamStatus } from './streamModel.js'

// The pure part of a stream: what follows from an event, given its state and the cache entry.

/** The state before the first event. */
export const newStream = <Push>(maxBuffered: number): StreamLifecycle<Push> => ({
  maxBuffered,
  subscription: 'new',
  error: undefined,
  isLoaded: false,
  waiting: undefined,
  isScheduled: false,
  fetch: undefined,
  gapAt: undefined,
  isOwed: false,
  hasOverflowed: false,
  status: undefined,
  hasEnded: false,
})

/** A transition under way: a copy of the state that it may change, and what it asks for. */
interface Step<Push> {
  readonly next: { -readonly [Key in keyof StreamLifecycle<Push>]: StreamLifecycle<Push>[Key] }
  readonly entry: EntryState
  readonly effects: StreamEffect<Push>[]
}

/** Pushes are missing, or will be: the entry must be fetched. */
const miss = <Push>({ entry, next }: Step<Push>): void => {
  if (next.fetch) next.fetch = { ...next.fetch, replay: undefined }
  // Half of them are of no use: the fetch has them all.
  if (!next.isLoaded) next.waiting = undefined
  next.gapAt = entry.requestId ?? ''
  next.isOwed = true
}

/** Whether there is room for another push. When there is not, it is missed. */
const hasRoom = <Push>(step: Step<Push>, list: PushList<Push> | undefined): boolean => {
  const { next } = step
  if (next.hasOverflowed) return false
  if (sizeOfList(list) < next.maxBuffered) return true
  next.hasOverflowed = true
  miss(step)
  return false
}

/** Follows the request under way: its result may be older than what is pushed meanwhile. */
const follow = <Push>({ entry, next }: Step<Push>): void => {
  if (entry.status !== 'pending') return
  next.fetch = { requestId: entry.requestId, replay: next.fetch ? next.fetch.replay : next.waiting }
}

/** Fetches what was missed, once no older result is on its way. */
const refetch = <Push>(step: Step<Push>): void => {
  const { effects, entry, next } = step
  if (!next.isOwed || next.subscription !== 'active' || !next.isLoaded) return
  if (entry.status === 'pending') return follow(step)
  next.isOwed = next.hasOverflowed = false
  next.fetch ??= { requestId: undefined, replay: next.waiting }
  effects.push({ type: 'refetch' })
}

const flush = <Push>(step: Step<Push>): void => {
  const { effects, entry, next } = step
  if (next.isScheduled) effects.push({ type: 'cancel' })
  next.isScheduled = false
  if (!next.waiting || entry.status === 'uninitialized') return
  follow(step)
  effects.push({ type: 'apply', pushes: toArray(next.waiting) })
  next.waiting = undefined
}

const schedule = <Push>(step: Step<Push>): void => {
  const { effects, next } = step
  if (sizeOfList(next.waiting) >= next.maxBuffered) return flush(step)
  if (!next.isScheduled) effects.push({ type: 'schedule' })
  next.isScheduled = true
}

const statusOf = <Push>({ entry, next }: Step<Push>): StreamStatus => {
  if (next.error) return 'error'
  if (!next.isLoaded || next.subscription === 'new') return 'connecting'
  if (next.subscription === 'lost') return 'stale'
  if (entry.status === 'fulfilled' && entry.requestId !== next.gapAt) next.gapAt = undefined
  return next.gapAt === undefined ? 'live' : 'stale'
}

const report = <Push>(step: Step<Push>): void => {
  const { effects, next } = step
  const status = statusOf(step)
  if (status === next.status) return
  next.status = status
  effects.push({ type: 'report', status, error: next.error })
}

const onPushed = <Push>(step: Step<Push>, push: Push): void => {
  const { next } = step
  if (!next.isLoaded) {
    if (hasRoom(step, next.waiting)) next.waiting = append(next.waiting, push)
    return
  }
  follow(step)
  next.waiting = append(next.waiting, push)
  if (next.fetch && hasRoom(step, next.fetch.replay)) {
    next.fetch = { ...next.fetch, replay: append(next.fetch.replay, push) }
  }
  refetch(step)
  schedule(step)
  report(step)
}

const onSubscribed = <Push>(step: Step<Push>, recovered: boolean): void => {
  const { next } = step
  // Data that is older than the subscription may lack what happened in between.
  const isMissing = next.subscription === 'new' ? next.isLoaded : !recovered
  next.subscription = 'active'
  if (isMissing) miss(step)
  refetch(step)
  report(step)
}

const onSettled = <Push>(step: Step<Push>, requestId: unknown): void => {
  const { entry, next } = step
  const { fetch } = next
  if (!fetch) return report(step)
  if (fetch.requestId !== requestId) return
  next.fetch = undefined
  // A request that failed has left the data as it was, with these pushes in it.
  if (entry.status !== 'rejected' || entry.requestId !== requestId) {
    next.waiting = fetch.replay ?? next.waiting
    flush(step)
  }
  refetch(step)
  report(step)
}

const onRefetched = <Push>(step: Step<Push>): void => {
  const { next } = step
  follow(step)
  if (next.fetch && next.fetch.requestId === undefined) next.fetch = undefined
  report(step)
}

const onEvent = <Push>(step: Step<Push>, event: StreamEvent<Push>): void => {
  const { effects, next } = step
  switch (event.type) {
    case 'started':
      return report(step)
    case 'pushed':
      return onPushed(step, event.push)
    case 'subscribed':
      return onSubscribed(step, event.recovered)
    case 'lost':
      next.subscription = 'lost'
      if (next.isLoaded) flush(step)
      return report(step)
    case 'failed':
      next.subscription = 'lost'
      next.error = event.error
      return report(step)
    case 'loaded':
      next.isLoaded = true
      flush(step)
      refetch(step)
      return report(step)
    case 'settled':
      return onSettled(step, event.requestId)
    case 'refetched':
      return onRefetched(step)
    case 'flush':
      next.isScheduled = false
      return flush(step)
    case 'removed':
      next.hasEnded = true
      if (next.isScheduled) effects.push({ type: 'cancel' })
      return undefined
  }
}

/** The state after an event, and what it asks for. Pure and total; a stream whose entry was removed does not change any more. */
export const reduceStream = <Push>(
  state: StreamLifecycle<Push>,
  event: StreamEvent<Push>,
  entry: EntryState,
): readonly [state: StreamLifecycle<Push>, effects: readonly StreamEffect<Push>[]] => {
  if (state.hasEnded) return [state, []]
  const step: Step<Push> = { next: { ...state }, entry, effects: [] }
  onEvent(step, event)
  return [step.next, step.effects]
}
