import { FORBIDDEN, TOO_MANY, type RpcErrorObject } from '../../internal/jsonRpc.js'
import type { Limits } from '../limits.js'
import { retainedSize } from '../retainedSize.js'
import { pushNotification } from '../rpc/messages.js'
import { createSlots, type Slots } from '../slots.js'
import type { Subscription } from '../types.js'
import type { WorkCount } from '../work.js'
import type { Channels, Subscriber } from './channels.js'
import type { PendingPacket } from './packets.js'

/** Runs for a subscription until `signal` is aborted. */
export type Producer = (subscription: Subscription, signal: AbortSignal) => void

/** The subscriptions of one connection. */
export interface ConnectionSubscriptions {
  /** Claims a place while a subscription is being authorised. Returns what gives it back; `undefined` when there are too many. */
  readonly claim: () => (() => void) | undefined
  /** Runs the authorisation of a subscription: `maxPending` of them at a time, the others wait. */
  readonly authorize: Slots['run']
  /** Creates a subscription that gets no data yet. Returns `undefined` when there are too many, or the connection has closed. */
  readonly reserve: (channel: string, params: unknown) => Subscription | undefined
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
   * Asks again whether the client may have its subscriptions. Until `check` has resolved, what comes for a subscription waits; when it rejects, the subscription ends.
   */
  readonly reauthorize: (check: (subscription: Subscription) => Promise<void>) => void
  readonly list: () => readonly Subscription[]
}

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
  /** Whether the app ended it before it started. It keeps its id until the client has been told. */
  isRevoked: boolean
}

/** Where the subscriptions of a connection are kept. */
export interface SubscriptionStore {
  /** By id. Created with the first one: most connections never have any. */
  subscriptions: Map<string, SubscriptionEntry> | undefined
  /** The memory that the params of all of them take. */
  subscriptionBytes: number
  /** The subscriptions that are being authorised. */
  claimed: number
  /** Created with the first of them. */
  authorizing: Slots | undefined
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

/** What {@link createConnectionSubscriptions} needs. */
export interface ConnectionSubscriptionsConfig {
  readonly store: SubscriptionStore
  readonly channels: Channels
  /** How data is sent to the connection. */
  readonly to: Pick<Subscriber, 'connection' | 'codec' | 'sendPacket'>
  readonly encode: (value: unknown) => PendingPacket | undefined
  readonly limits: Pick<Limits, 'maxPending' | 'maxSubscriptions' | 'maxSubscriptionBytes'>
  readonly work: Pick<WorkCount, 'keep'>
  /** Called when a subscription ends whose end the app has asked for, and not the client. */
  readonly onRevoked: (subscription: Subscription) => void
  /** Called when a subscription ends because it is not allowed any more. */
  readonly onRefused: (subscription: Subscription, error: RpcErrorObject) => void
  /** Whether the connection has a session, after whose resume subscriptions are authorised again. */
  readonly isKept: boolean
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
  const sendPacket = config.isKept ? (packet: PendingPacket) => sendOrHold(config, id, packet) : to.sendPacket
  const subscriber = { id, channel, ...to, sendPacket }
  store.subscriptions ??= new Map()
  store.subscriptions.set(id, { subscription, subscriber, bytes, releaseBytes, isStarted: false, isRevoked: false })
  store.subscriptionBytes += bytes
  return subscription
}

const end = ({ store, channels }: ConnectionSubscriptionsConfig, id: string): boolean => {
  const entry = store.subscriptions?.get(id)
  if (!entry) return false
  store.subscriptions?.delete(id)
  store.subscriptionBytes -= entry.bytes
  entry.releaseBytes()
  channels.leave(entry.subscriber)
  entry.controller?.abort()
  return true
}

const revoke = (config: ConnectionSubscriptionsConfig, id: string): boolean => {
  const entry = config.store.subscriptions?.get(id)
  if (!entry || entry.isRevoked) return false
  if (!entry.isStarted) {
    entry.isRevoked = true
    return true
  }
  end(config, id)
  config.onRevoked(entry.subscription)
  return true
}

/** What may wait for a new authorisation of one subscription. */
const MAX_HELD = 1_000

const forbidden: RpcErrorObject = { code: FORBIDDEN, message: 'Subscribing to this channel is not allowed' }
const heldTooMany: RpcErrorObject = { code: TOO_MANY, message: 'The authorization of the subscription takes too long' }

const refuse = (config: ConnectionSubscriptionsConfig, { subscription }: SubscriptionEntry, error: RpcErrorObject) => {
  if (end(config, subscription.id)) config.onRefused(subscription, error)
}

const sendOrHold = (config: ConnectionSubscriptionsConfig, id: string, packet: PendingPacket): boolean => {
  const entry = config.store.subscriptions?.get(id)
  if (!entry) return false
  if (!entry.held) return config.to.sendPacket(packet)
  if (entry.held.length < MAX_HELD) return entry.held.push(packet) > 0
  refuse(config, entry, heldTooMany)
  return false
}

const push = (config: ConnectionSubscriptionsConfig, id: string, data: unknown): boolean => {
  const entry = config.store.subscriptions?.get(id)
  const packet = entry && config.encode(pushNotification(entry.subscription.channel, data, id))
  return packet !== undefined && sendOrHold(config, id, packet)
}

const reauthorize = async (
  config: ConnectionSubscriptionsConfig,
  entry: SubscriptionEntry,
  checking: Promise<void>,
): Promise<void> => {
  // Of two checks at once, each after a resume, the last one counts; what waits for the first waits on.
  const held = [...(entry.held ?? [])]
  entry.held = held
  const isLast = () => entry.held === held && config.store.subscriptions?.get(entry.subscription.id) === entry
  try {
    await checking
    if (!isLast()) return
    entry.held = undefined
    for (const packet of held) config.to.sendPacket(packet)
  } catch {
    if (isLast()) refuse(config, entry, forbidden)
  }
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
    reserve: (channel, params) => reserve(config, channel, params),
    start: (subscription, producer) => {
      const entry = store.subscriptions?.get(subscription.id)
      if (entry?.subscription !== subscription) return
      entry.isStarted = true
      if (entry.isRevoked) {
        end(config, subscription.id)
        return config.onRevoked(subscription)
      }
      channels.join(entry.subscriber)
      if (!producer) return
      entry.controller = new AbortController()
      producer(subscription, entry.controller.signal)
    },
    end: (id) => end(config, id),
    revoke: (id) => revoke(config, id),
    endAll: () => {
      for (const id of store.subscriptions?.keys() ?? []) end(config, id)
    },
    push: (id, data) => push(config, id, data),
    reauthorize: (check) => {
      for (const entry of Array.from(store.subscriptions?.values() ?? [])) {
        const { subscription, isStarted } = entry
        if (!isStarted) continue
        const checking = (store.authorizing ??= createSlots(limits.maxPending)).run(
          async () => await check(subscription),
        )
        void reauthorize(config, entry, checking)
      }
    },
    list: () => listSubscriptions(store),
  }
}
