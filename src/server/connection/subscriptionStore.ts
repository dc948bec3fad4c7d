import type { RpcErrorObject } from '../../internal/jsonRpc.js'
import type { Limits } from '../limits.js'
import type { Slots } from '../slots.js'
import type { Subscription } from '../types.js'
import type { WorkCount } from '../work.js'
import type { Channels, Subscriber } from './channels.js'
import type { PendingPacket } from './packets.js'

/** A subscription with what ends it. */
export interface SubscriptionEntry {
  readonly subscription: Subscription
  readonly subscriber: Subscriber
  /** What waits for a new authorisation. */
  held?: PendingPacket[] | undefined
  /** The memory that its params take. */
  readonly bytes: number
  readonly releaseBytes: () => void
  /** Stops the producer, if there is one. */
  controller?: AbortController
  /** Whether the client has been told the id. */
  isStarted: boolean
  /** Whether it ended before it started. It keeps its id until the client has been told. */
  isRevoked: boolean
  /** Why it ended before it started, where the app has not asked for it. */
  refusal?: RpcErrorObject
}

/** Where the subscriptions of a connection are kept. */
export interface SubscriptionStore {
  /** By id. Created with the first one: most connections never have any. */
  subscriptions: Map<string, SubscriptionEntry> | undefined
  /** The highest number of an id that is not in use any more. */
  lastEnded: number
  /** The memory that the params of all of them take. */
  subscriptionBytes: number
  /** The subscriptions that are being authorised. */
  claimed: number
  /** Created with the first of them. */
  authorizing: Slots | undefined
  /** How often the user of the connection, or its rights, may have changed. */
  rights: number
  /** Whether the connection has closed: no subscription is created any more. */
  isClosed: boolean
}

/** What the subscriptions of a connection need. */
export interface ConnectionSubscriptionsConfig {
  readonly store: SubscriptionStore
  readonly channels: Channels
  /** How data is sent to the connection. */
  readonly to: Pick<Subscriber, 'connection' | 'codec' | 'sendPacket'>
  readonly encode: (value: unknown) => PendingPacket | undefined
  readonly limits: Pick<Limits, 'handshakeTimeout' | 'maxPending' | 'maxSubscriptions' | 'maxSubscriptionBytes'>
  readonly work: Pick<WorkCount, 'keep'>
  /** Called when a subscription ends whose end the app has asked for, and not the client. */
  readonly onRevoked: (subscription: Subscription) => void
  /** Called when a subscription ends because it is not allowed any more. */
  readonly onRefused: (subscription: Subscription, error: RpcErrorObject) => void
  /** Whether subscriptions may be authorised again: after a resume of the session, or fresh credentials. */
  readonly mayBeAskedAgain: boolean
}

/** Returns the subscriptions of a connection. */
export const listSubscriptions = ({ subscriptions }: SubscriptionStore): readonly Subscription[] =>
  Array.from(subscriptions?.values() ?? [])
    .filter(({ isRevoked }) => !isRevoked)
    .map(({ subscription }) => subscription)

/** Ends a subscription, and tells nobody. Returns false for an unknown id. */
export const endSubscription = ({ store, channels }: ConnectionSubscriptionsConfig, id: string): boolean => {
  const entry = store.subscriptions?.get(id)
  if (!entry) return false
  store.subscriptions?.delete(id)
  store.lastEnded = Math.max(store.lastEnded, Number(id.slice(id.lastIndexOf('#') + 1)))
  store.subscriptionBytes -= entry.bytes
  entry.releaseBytes()
  channels.leave(entry.subscriber)
  entry.controller?.abort()
  return true
}
