import type { ChannelPosition } from '../../internal/channelPosition.js'
import type { MaybePromise } from '../../internal/maybePromise.js'
import { retainedSize } from '../retainedSize.js'
import { pushNotification } from '../rpc/messages.js'
import { createSlots } from '../slots.js'
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

/** Returns an id that the connection has not had before: an `unsubscribe` that comes late must not end another subscription. */
const newIdFor = (channel: string, { lastEnded, subscriptions }: SubscriptionStore): string => {
  const taken = subscriptions ?? new Map<string, SubscriptionEntry>()
  let number = lastEnded + 1
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
  const subscription = { id: newIdFor(channel, store), channel, params }
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

/** The subscriptions of one connection. A class: functions of its own for each connection would take 0.7 KiB. */
export class ConnectionSubscriptions {
  readonly #config: ConnectionSubscriptionsConfig

  constructor(config: ConnectionSubscriptionsConfig) {
    this.#config = config
  }

  /** Claims a place while a subscription is being authorised. Returns what gives it back; `undefined` when there are too many. */
  claim(): (() => void) | undefined {
    const { store } = this.#config
    if (isFull(this.#config)) return undefined
    store.claimed++
    let isClaimed = true
    return () => {
      if (isClaimed) store.claimed--
      isClaimed = false
    }
  }

  /** Runs the authorisation of a subscription: `maxPending` of them at a time, the others wait. */
  async authorize<Result>(task: () => Promise<Result>): Promise<Result> {
    const { limits, store } = this.#config
    return await (store.authorizing ??= createSlots(limits.maxPending)).run(task)
  }

  /** How often the rights of the client may have changed: an authorisation counts only while this stays the same. */
  rights(): number {
    return this.#config.store.rights
  }

  /** Creates a subscription that gets no data yet. Returns `undefined` when there are too many, or the connection has closed. */
  reserve(channel: string, params: unknown): Subscription | undefined {
    return reserve(this.#config, channel, params)
  }

  /**
   * For a channel with history: reads what a reserved subscription has missed since a position. Returns the answer for the client; `undefined` for any other
   * channel. Rejects when the history cannot be read.
   */
  prepare({ id }: Subscription, since: ChannelPosition | undefined): MaybePromise<JoinAnswer> | undefined {
    const { channels, store } = this.#config
    const entry = store.subscriptions?.get(id)
    return entry && channels.prepare(entry.subscriber, since)
  }

  /** Starts a reserved subscription, unless it has ended meanwhile. */
  start(subscription: Subscription, producer?: Producer): void {
    const { channels, onRefused, onRevoked, store } = this.#config
    const entry = store.subscriptions?.get(subscription.id)
    if (entry?.subscription !== subscription) return
    entry.isStarted = true
    if (entry.isRevoked) {
      endSubscription(this.#config, subscription.id)
      return entry.refusal ? onRefused(subscription, entry.refusal) : onRevoked(subscription)
    }
    channels.join(entry.subscriber)
    if (!producer) return
    entry.controller = new AbortController()
    producer(subscription, entry.controller.signal)
  }

  /** Ends a subscription for its client. Returns false for an unknown id. */
  end(id: string): boolean {
    return endSubscription(this.#config, id)
  }

  /** Ends a subscription for the app, and tells the client. Returns false for an unknown id. */
  revoke(id: string): boolean {
    return revoke(this.#config, id)
  }

  endAll(): void {
    for (const id of this.#config.store.subscriptions?.keys() ?? []) endSubscription(this.#config, id)
  }

  /** Sends data to one subscription. Returns false for an unknown id, and when it cannot be sent. */
  push(id: string, data: unknown): boolean {
    return push(this.#config, id, data)
  }

  /**
   * Asks again whether the client may have its subscriptions. Until `check` has resolved, what comes for a subscription waits; when it rejects, or does not
   * settle within `handshakeTimeout`, the subscription ends.
   */
  reauthorize(check: (subscription: Subscription) => Promise<void>): void {
    checkSubscriptions(this.#config, check)
  }

  list(): readonly Subscription[] {
    return listSubscriptions(this.#config.store)
  }
}
