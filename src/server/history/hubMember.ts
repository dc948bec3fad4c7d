import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import type { JoinAnswer, Subscriber } from '../connection/channels.js'
import type { StoredHistory } from './historyStore.js'
import type { Publication } from './publication.js'

/** How subscriptions get what was published. */
export interface HubDelivery {
  readonly toPublication: (offset: number, frame: ReceivedFrame) => Publication
  /** Tells a subscription that publications are missing before a position. */
  readonly tellMissed: (subscriber: Subscriber, position: ChannelPosition) => void
}

/** A subscription to a channel with history. */
export interface HubMember {
  /** The history was read for it. Returns the answer for its client. */
  readonly onRead: (history: StoredHistory) => JoinAnswer
  /** The client has the answer. */
  readonly start: () => void
  /** Sends a publication, unless it was sent before. */
  readonly push: (publication: Publication, epoch: string) => void
  /** Publications are missing before a position. */
  readonly miss: (position: ChannelPosition) => void
  /** Whether a publication was sent. */
  readonly hasSent: (epoch: string, offset: number) => boolean
}

/** How much is kept for a subscription whose answer is on its way. With more than that it is told that something is missing. */
const MAX_EARLY = 1_000

interface MemberState extends HubDelivery {
  readonly subscriber: Subscriber
  readonly since: ChannelPosition | undefined
  hasStarted: boolean
  /** Publications that were missed, by the answer; sent with `start`. */
  backlog: readonly Publication[]
  /** What happened before `start`, in order. */
  early: ({ readonly epoch: string; readonly publication: Publication } | { readonly missed: ChannelPosition })[]
  isOverflowing: boolean
  /** `undefined` until the history was read. */
  epoch: string | undefined
  /** The last offset that was sent. */
  sent: number
  /** The last offset that reached the socket. */
  reached: number
}

const push = (state: MemberState, epoch: string, publication: Publication): void => {
  const { subscriber, sent } = state
  const { offset } = publication
  if (epoch !== state.epoch || offset <= sent) return
  state.sent = offset
  const packet = publication.packetFor(subscriber.id, subscriber.codec)
  if (packet && subscriber.sendPacket(packet)) state.reached = offset
}

const miss = (state: MemberState, position: ChannelPosition): void => {
  state.epoch = position.epoch
  state.sent = position.offset
  state.reached = 0
  state.tellMissed(state.subscriber, position)
}

const keepEarly = (state: MemberState, event: MemberState['early'][number]): void => {
  const { early } = state
  if (early.length < MAX_EARLY) return void early.push(event)
  // The newest says where the subscription goes on.
  state.isOverflowing = true
  early[MAX_EARLY - 1] = event
}

const onRead = (state: MemberState, { epoch, top, first, entries }: StoredHistory): JoinAnswer => {
  const { since } = state
  const recovered =
    since !== undefined &&
    since.epoch === epoch &&
    since.offset <= top &&
    (since.offset === top || first <= since.offset + 1)
  const offset = recovered ? since.offset : top
  state.epoch = epoch
  state.sent = offset
  state.backlog = recovered ? entries.map((entry) => state.toPublication(entry.offset, entry.frame)) : []
  // The history is newer than what was announced to be missing.
  state.early = state.early.filter((event) => 'publication' in event)
  return { recovered, epoch, offset }
}

const start = (state: MemberState): void => {
  const { backlog, early, epoch, isOverflowing } = state
  if (state.hasStarted || epoch === undefined) return
  state.hasStarted = true
  state.backlog = state.early = []
  for (const publication of backlog) push(state, epoch, publication)
  if (isOverflowing) {
    const newest = early.at(-1)!
    const position = 'missed' in newest ? newest.missed : { epoch: newest.epoch, offset: newest.publication.offset }
    return miss(state, position)
  }
  for (const event of early) {
    if ('missed' in event) miss(state, event.missed)
    else push(state, event.epoch, event.publication)
  }
}

/** Creates a subscription that has not started. */
export const createHubMember = (
  subscriber: Subscriber,
  since: ChannelPosition | undefined,
  { toPublication, tellMissed }: HubDelivery,
): HubMember => {
  const state: MemberState = {
    toPublication,
    tellMissed,
    subscriber,
    since,
    hasStarted: false,
    backlog: [],
    early: [],
    isOverflowing: false,
    epoch: undefined,
    sent: 0,
    reached: 0,
  }
  return {
    onRead: (history) => onRead(state, history),
    start: () => start(state),
    push: (publication, epoch) => {
      if (state.hasStarted) push(state, epoch, publication)
      else keepEarly(state, { epoch, publication })
    },
    miss: (missed) => {
      if (state.hasStarted) miss(state, missed)
      else if (state.epoch !== undefined) keepEarly(state, { missed })
    },
    hasSent: (epoch, offset) => state.epoch === epoch && state.reached >= offset,
  }
}
