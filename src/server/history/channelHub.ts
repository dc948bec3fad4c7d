import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import { after, type Cancel } from '../../internal/clock.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../../internal/maybePromise.js'
import type { JoinAnswer, Subscriber } from '../connection/channels.js'
import { NO_ENTRIES, type StoredHistory } from './historyStore.js'
import { createHubMember, type HubDelivery, type HubMember } from './hubMember.js'
import type { Publication } from './publication.js'

// Where this node stands in one channel with history, and its subscriptions there: each gets every publication once and in order, or is told that some
// are missing.

/** One channel of this node, as long as it has subscriptions. */
export interface ChannelHub {
  /** Adds a subscription, which gets nothing until `start`. Resolves with the answer for its client; rejects when the history cannot be read. */
  readonly join: (subscriber: Subscriber, since: ChannelPosition | undefined) => MaybePromise<JoinAnswer>
  /** The client has the answer: sends what was missed, then what is published. */
  readonly start: (subscriber: Subscriber) => void
  readonly leave: (subscriber: Subscriber) => void
  /** Whether a subscription was added. */
  readonly has: (subscriber: Subscriber) => boolean
  /** A publication was announced. It may be a known one, and others may be missing before it. */
  readonly receive: (position: ChannelPosition, frame: ReceivedFrame) => void
  /** Announcements were lost: reads the history from where this node stands. */
  readonly catchUp: () => void
  /** Returns the number of subscriptions that have the publication. */
  readonly reached: (position: ChannelPosition) => number
  readonly isEmpty: () => boolean
}

/** What {@link createChannelHub} needs. */
export interface ChannelHubConfig extends HubDelivery {
  readonly read: (after: number) => MaybePromise<StoredHistory>
}

/** The milliseconds until a history that could not be read is read again. */
export const RETRY_MS = 1_000

interface HubState extends ChannelHubConfig {
  readonly members: Map<Subscriber, HubMember>
  /** `undefined` until the history was read for the first time. */
  epoch: string | undefined
  /** The last publication that was sent to the subscriptions. */
  last: number
  isReading: boolean
  /** Something was announced while a read was under way, which may not have it. */
  isStale: boolean
  cancelRetry: Cancel | undefined
}

const reset = (state: HubState, position: ChannelPosition): void => {
  state.epoch = position.epoch
  state.last = position.offset
  for (const member of state.members.values()) member.miss(position)
}

const advance = (state: HubState, publication: Publication): void => {
  state.last = publication.offset
  for (const member of state.members.values()) member.push(publication, state.epoch!)
}

/** Applies the answer of a read from where this node stands. */
const applyRead = (state: HubState, { epoch, top, first, entries }: StoredHistory): void => {
  const isHole = first > state.last + 1 && top > state.last
  if (state.epoch === undefined) {
    state.epoch = epoch
    state.last = top
  } else if (epoch !== state.epoch || top < state.last || isHole) reset(state, { epoch, offset: top })
  else for (const { offset, frame } of entries) advance(state, state.toPublication(offset, frame))
}

const retryLater = (state: HubState): void => {
  state.isReading = false
  if (state.members.size === 0) return
  state.cancelRetry ??= after(
    RETRY_MS,
    () => {
      state.cancelRetry = undefined
      catchUp(state)
    },
    true,
  )
}

const catchUp = (state: HubState): void => {
  // What was announced meanwhile may be missing in the read under way: another follows it.
  state.isStale = state.isReading
  if (state.isReading || state.members.size === 0) return
  state.isReading = true
  const { epoch, last } = state
  const onRead = (history: StoredHistory): void => {
    state.isReading = false
    // Another read has moved this node: the answer is for a place where it no longer stands.
    const hasMoved = epoch !== state.epoch || last !== state.last
    if (!hasMoved) applyRead(state, history)
    if (hasMoved || state.isStale) catchUp(state)
  }
  try {
    const reading = state.read(last)
    if (isPromiseLike(reading)) reading.then(onRead, () => retryLater(state))
    else onRead(reading)
  } catch {
    retryLater(state)
  }
}

const receive = (state: HubState, { epoch, offset }: ChannelPosition, frame: ReceivedFrame): void => {
  if (state.members.size === 0) return
  if (state.isReading || epoch !== state.epoch) return catchUp(state)
  if (offset <= state.last) return
  if (offset > state.last + 1) return catchUp(state)
  advance(state, state.toPublication(offset, frame))
}

const join = (
  state: HubState,
  subscriber: Subscriber,
  since: ChannelPosition | undefined,
): MaybePromise<JoinAnswer> => {
  const member = createHubMember(subscriber, since, state)
  // First the live part, then the history: what is published in between is kept.
  state.members.set(subscriber, member)
  return mapMaybePromise(state.read(since?.offset ?? NO_ENTRIES), (history) => {
    const { epoch, top } = history
    if (state.epoch === undefined) {
      state.epoch = epoch
      state.last = top
    } else if (epoch !== state.epoch) reset(state, { epoch, offset: top })
    const answer = member.onRead(history)
    if (top > state.last) catchUp(state)
    return answer
  })
}

/** Creates the hub of a channel, without subscriptions. */
export const createChannelHub = (config: ChannelHubConfig): ChannelHub => {
  const state: HubState = {
    ...config,
    members: new Map(),
    epoch: undefined,
    last: 0,
    isReading: false,
    isStale: false,
    cancelRetry: undefined,
  }
  return {
    join: (subscriber, since) => join(state, subscriber, since),
    start: (subscriber) => state.members.get(subscriber)?.start(),
    leave: (subscriber) => {
      state.members.delete(subscriber)
      if (state.members.size > 0) return
      state.cancelRetry?.()
      state.cancelRetry = undefined
      state.epoch = undefined
    },
    has: (subscriber) => state.members.has(subscriber),
    receive: (position, frame) => receive(state, position, frame),
    catchUp: () => catchUp(state),
    reached: ({ epoch, offset }) =>
      [...state.members.values()].filter((member) => member.hasSent(epoch, offset)).length,
    isEmpty: () => state.members.size === 0,
  }
}
