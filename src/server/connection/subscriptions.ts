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
  /** Ends a subscription. Returns false for an unknown id. */
  readonly end: (id: string) => boolean
  readonly endAll: () => void
  readonly list: () => readonly Subscription[]
}

/** A subscription with what ends it. */
export interface SubscriptionEntry {
  readonly subscription: Subscription
  readonly subscriber: Subscriber
  /** Stops the producer, if there is one. */
  controller?: AbortController
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
  Array.from(subscriptions?.values() ?? [], ({ subscription }) => subscription)

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
): ConnectionSubscriptions => {
  const end = (id: string): boolean => {
    const entry = store.subscriptions?.get(id)
    if (!entry) return false
    store.subscriptions?.delete(id)
    channels.leave(entry.subscriber)
    entry.controller?.abort()
    return true
  }

  return {
    reserve: (channel, params) => {
      if (store.isClosed || (store.subscriptions && store.subscriptions.size >= limit)) return undefined
      const subscription = { id: freeIdFor(channel, store), channel, params }
      const subscriber = { id: subscription.id, channel, ...to }
      store.subscriptions ??= new Map()
      store.subscriptions.set(subscription.id, { subscription, subscriber })
      return subscription
    },
    start: (subscription, producer) => {
      const entry = store.subscriptions?.get(subscription.id)
      if (entry?.subscription !== subscription) return
      channels.join(entry.subscriber)
      if (!producer) return
      entry.controller = new AbortController()
      producer(subscription, entry.controller.signal)
    },
    end,
    endAll: () => {
      for (const id of store.subscriptions?.keys() ?? []) end(id)
    },
    list: () => listSubscriptions(store),
  }
}
