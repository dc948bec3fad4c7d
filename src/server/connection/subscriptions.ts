import type { ChannelPosition } from '../../internal/channelPosition.js'
import type { MaybePromise } from '../../internal/maybePromise.js'
import { retainedSize } from '../retainedSize.js'
import { pushNotification } from '../rpc/messages.js'
import { createSlots, type Slots } from '../slots.js'
import type { Subscription } from '../types.js'
import type { JoinAnswer } from './channels.js'
import type { PendingPacket } from './packets.js'
import { checkSubscriptions, sendOrHold } from './subscriptionChecks.js'
import {
  endSubscription,
  listSubscriptions,
  type ConnectionSubscriptionsConfig,
  type SubscriptionEntry,
  type SubscriptionStore,
} from './subscriptionStore.js'

/** Runs for a subscription until `signal` is aborted. */
export type Producer = (subscription: Subscription, signal: AbortSignal) => void

/** The subscriptions of one connection. */
export interface ConnectionSubscriptions {
  /** Claims a place while a subscription is being authorised. Returns what gives it back; `undefined` when there are too many. */
  readonly claim: () => (() => void) | undefined
  /** Runs the authorisation of a subscription: `maxPending` of them at a time, the others wait. */
  readonly authorize: Slots['run']
  /** How often the rights of the client may have changed: an authorisation counts only while this stays the same. */
  readonly rights: () => number
  /** Creates a subscription that gets no data yet. Returns `undefined` when there are too many, or the connection has closed. */
  readonly reserve: (channel: string, params: unknown) => Subscription | undefined
  /**
   * For a channel with history: reads what a reserved subscription has missed since a position. Returns the answer for the client; `undefined` for any other
   * channel. Rejects when the history cannot be read.
   */
  readonly prepare: (
    subscription: Subscription,
    since: ChannelPosition | undefined,
  ) => MaybePromise<JoinAnswer> | undefined
  /** Starts a reserved subscription, unless it has ended meanwhile. */
  readonly start: (subscription: Subscription, producer?: Producer) => void
  /** Ends a subscription for its client. Returns false for an unknown id. */
  readonly end: (id: string) => boolean
  /** Ends a subscription for the app, and tells the client. Returns false for an unknown id. */
  readonly revoke: (id: string) => boolean
  readonly endAll: () => void
  /** Sends data to one subscription. Returns false for an unknown id, and when it cannot be sent. */
  readonly push: (id: string, data: unknown) => boolean
  /**
   * Asks again whether the client may have its subscriptions. Until `check` has resolved, what comes for a subscription waits; when it rejects, or does not
   * settle within `handshakeTimeout`, the subscription ends.
   */
  readonly reauthorize: (check: (subscription: Subscription) => Promise<void>) => void
  readonly list: () => readonly Subscription[]
}

/** Returns the lowest free id, so that a client that subscribes and unsubscribes again and again leaves nothing behind. */
const freeIdFor = (channel: string, { subscriptions }: SubscriptionStore): string => {
  const taken = subscriptions ?? new Map<string, SubscriptionEntry>()
  let number = 1
  while (taken.has(`${channel}#${number}`)) number++
  return `${channel}#${number}`
}

const isFull = ({ store, limits }: ConnectionSubscriptionsConfig): boolean =>
  store.isClosed || (store.subscriptions?.size ?? 0) + store.claimed >= limits.maxSubscriptions

const reserve = (config: ConnectionSubscriptionsConfig, channel: string, params: unknown): Subscription | undefined => {
  const { store, to, limits, work } = config
  if (isFull(config)) return undefined
  const bytes = retainedSize(params)
  if (store.subscriptionBytes + bytes > limits.maxSubscriptionBytes) return undefined
  const releaseBytes = work.keep(bytes)
  if (!releaseBytes) return undefined
  const subscription = { id: freeIdFor(channel, store), channel, params }
  const { id } = subscription
  const sendPacket = config.mayBeAskedAgain ? (packet: PendingPacket) => sendOrHold(config, id, packet) : to.sendPacket
  const subscriber = { id, channel, ...to, sendPacket }
  store.subscriptions ??= new Map()
  store.subscriptions.set(id, { subscription, subscriber, bytes, releaseBytes, isStarted: false, isRevoked: false })
  store.subscriptionBytes += bytes
  return subscription
}

const revoke = (config: ConnectionSubscriptionsConfig, id: string): boolean => {
  const entry = config.store.subscriptions?.get(id)
  if (!entry || entry.isRevoked) return false
  if (!entry.isStarted) {
    entry.isRevoked = true
    return true
  }
  endSubscription(config, id)
  config.onRevoked(entry.subscription)
  return true
}

const push = (config: ConnectionSubscriptionsConfig, id: string, data: unknown): boolean => {
  const entry = config.store.subscriptions?.get(id)
  const packet = entry && config.encode(pushNotification(entry.subscription.channel, data, id))
  return packet !== undefined && sendOrHold(config, id, packet)
}

/** Creates the subscriptions of one connection. */
export const createConnectionSubscriptions = (config: ConnectionSubscriptionsConfig): ConnectionSubscriptions => {
  const { store, channels, limits } = config
  return {
    claim: () => {
      if (isFull(config)) return undefined
      store.claimed++
      let isClaimed = true
      return () => {
        if (isClaimed) store.claimed--
        isClaimed = false
      }
    },
    authorize: async (task) => await (store.authorizing ??= createSlots(limits.maxPending)).run(task),
    rights: () => store.rights,
    reserve: (channel, params) => reserve(config, channel, params),
    prepare: ({ id }, since) => {
      const entry = store.subscriptions?.get(id)
      return entry && channels.prepare(entry.subscriber, since)
    },
    start: (subscription, producer) => {
      const entry = store.subscriptions?.get(subscription.id)
      if (entry?.subscription !== subscription) return
      entry.isStarted = true
      if (entry.isRevoked) {
        endSubscription(config, subscription.id)
        return entry.refusal ? config.onRefused(subscription, entry.refusal) : config.onRevoked(subscription)
      }
      channels.join(entry.subscriber)
      if (!producer) return
      entry.controller = new AbortController()
      producer(subscription, entry.controller.signal)
    },
    end: (id) => endSubscription(config, id),
    revoke: (id) => revoke(config, id),
    endAll: () => {
      for (const id of store.subscriptions?.keys() ?? []) endSubscription(config, id)
    },
    push: (id, data) => push(config, id, data),
    reauthorize: (check) => checkSubscriptions(config, check),
    list: () => listSubscriptions(store),
  }
}
