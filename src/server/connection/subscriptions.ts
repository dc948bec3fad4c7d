import type { Subscription } from '../types.js'
import type { Channels, Subscriber } from './channels.js'

/** Runs for a subscription until `signal` is aborted. */
export type Producer = (subscription: Subscription, signal: AbortSignal) => void

/** The subscriptions of one connection. */
export interface ConnectionSubscriptions {
  /** Creates a subscription that gets no data yet. Returns `undefined` when there are too many, or the connection has closed. */
  readonly reserve: (channel: string, params: unknown) => Subscription | undefined
  /** Starts a reserved subscription, unless it has ended meanwhile. */
  readonly start: (subscription: Subscription, producer?: Producer) => void
  /** Ends a subscription for its client. Returns false for an unknown id. */
  readonly end: (id: string) => boolean
  /** Ends a subscription for the app, and tells the client. Returns false for an unknown id. */
  readonly revoke: (id: string) => boolean
  readonly endAll: () => void
  readonly list: () => readonly Subscription[]
}

/** A subscription with what ends it. */
export interface SubscriptionEntry {
  readonly subscription: Subscription
  readonly subscriber: Subscriber
  /** Stops the producer, if there is one. */
  controller?: AbortController
  /** Whether the client has been told the id. */
  isStarted: boolean
  /** Whether the app ended it before it started. It keeps its id until the client has been told. */
  isRevoked: boolean
}

/** Where the subscriptions of a connection are kept. */
export interface SubscriptionStore {
  /** By id. Created with the first one: most connections never have any. */
  subscriptions: Map<string, SubscriptionEntry> | undefined
  /** Whether the connection has closed: no subscription is created any more. */
  isClosed: boolean
}

/** Returns the subscriptions of a connection. */
export const listSubscriptions = ({ subscriptions }: SubscriptionStore): readonly Subscription[] =>
  Array.from(subscriptions?.values() ?? [])
    .filter(({ isRevoked }) => !isRevoked)
    .map(({ subscription }) => subscription)

/** Returns the lowest free id, so that a client that subscribes and unsubscribes again and again leaves nothing behind. */
const freeIdFor = (channel: string, { subscriptions }: SubscriptionStore): string => {
  const taken = subscriptions ?? new Map<string, SubscriptionEntry>()
  let number = 1
  while (taken.has(`${channel}#${number}`)) number++
  return `${channel}#${number}`
}

/** Creates the subscriptions of one connection. `to` is how its data is sent. */
export const createConnectionSubscriptions = (
  store: SubscriptionStore,
  channels: Channels,
  to: Pick<Subscriber, 'codec' | 'sendPacket'>,
  limit: number,
  onRevoked: (subscription: Subscription) => void,
): ConnectionSubscriptions => {
  const end = (id: string): boolean => {
    const entry = store.subscriptions?.get(id)
    if (!entry) return false
    store.subscriptions?.delete(id)
    channels.leave(entry.subscriber)
    entry.controller?.abort()
    return true
  }

  const revoke = (id: string): boolean => {
    const entry = store.subscriptions?.get(id)
    if (!entry || entry.isRevoked) return false
    if (!entry.isStarted) {
      entry.isRevoked = true
      return true
    }
    end(id)
    onRevoked(entry.subscription)
    return true
  }

  return {
    reserve: (channel, params) => {
      if (store.isClosed || (store.subscriptions && store.subscriptions.size >= limit)) return undefined
      const subscription = { id: freeIdFor(channel, store), channel, params }
      const subscriber = { id: subscription.id, channel, ...to }
      store.subscriptions ??= new Map()
      store.subscriptions.set(subscription.id, { subscription, subscriber, isStarted: false, isRevoked: false })
      return subscription
    },
    start: (subscription, producer) => {
      const entry = store.subscriptions?.get(subscription.id)
      if (entry?.subscription !== subscription) return
      entry.isStarted = true
      if (entry.isRevoked) {
        end(subscription.id)
        return onRevoked(subscription)
      }
      channels.join(entry.subscriber)
      if (!producer) return
      entry.controller = new AbortController()
      producer(subscription, entry.controller.signal)
    },
    end,
    revoke,
    endAll: () => {
      for (const id of store.subscriptions?.keys() ?? []) end(id)
    },
    list: () => listSubscriptions(store),
  }
}
