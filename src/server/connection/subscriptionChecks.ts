import { after } from '../../internal/clock.js'
import { FORBIDDEN, TOO_MANY, type RpcErrorObject } from '../../internal/jsonRpc.js'
import { createSlots } from '../slots.js'
import type { Subscription } from '../types.js'
import type { PendingPacket } from './packets.js'
import { endSubscription, type ConnectionSubscriptionsConfig, type SubscriptionEntry } from './subscriptionStore.js'

// Whether a client may keep its subscriptions: asked again after a resume of its session, and after fresh credentials.

/** What may wait for a new authorisation of one subscription. */
const MAX_HELD = 1_000

const forbidden: RpcErrorObject = { code: FORBIDDEN, message: 'Subscribing to this channel is not allowed' }
const tooLate: RpcErrorObject = { code: TOO_MANY, message: 'The authorization of the subscription takes too long' }

/** Ends a subscription, and tells the client once it knows its id. */
const refuse = (config: ConnectionSubscriptionsConfig, entry: SubscriptionEntry, error: RpcErrorObject): void => {
  const { subscription } = entry
  if (entry.isStarted) {
    if (endSubscription(config, subscription.id)) config.onRefused(subscription, error)
    return
  }
  entry.isRevoked = true
  entry.refusal = error
  entry.held = []
}

/** Sends a packet of a subscription, or keeps it until the subscription is authorised again. Returns false for an unknown id, and when it cannot be sent. */
export const sendOrHold = (config: ConnectionSubscriptionsConfig, id: string, packet: PendingPacket): boolean => {
  const entry = config.store.subscriptions?.get(id)
  if (!entry || entry.refusal) return false
  if (!entry.held) return config.to.sendPacket(packet)
  if (entry.held.length < MAX_HELD) return entry.held.push(packet) > 0
  refuse(config, entry, tooLate)
  return false
}

/** The time within which all of the answers must come. */
interface Deadline {
  isOver: boolean
  /** Rejects at the deadline. */
  readonly over: Promise<never>
  readonly cancel: () => void
}

const createDeadline = (ms: number): Deadline => {
  let fail = () => {}
  const over = new Promise<never>((_resolve, reject) => {
    fail = () => reject(new Error('too late'))
  })
  over.catch(() => {})
  const cancel = after(
    ms,
    () => {
      deadline.isOver = true
      fail()
    },
    true,
  )
  const deadline: Deadline = { isOver: false, over, cancel }
  return deadline
}

const awaitCheck = async (
  config: ConnectionSubscriptionsConfig,
  entry: SubscriptionEntry,
  held: PendingPacket[],
  checking: Promise<void>,
  deadline: Deadline,
): Promise<void> => {
  const isLast = () =>
    entry.held === held && !entry.refusal && config.store.subscriptions?.get(entry.subscription.id) === entry
  try {
    await checking
    if (!isLast()) return
    entry.held = undefined
    for (const packet of held) config.to.sendPacket(packet)
  } catch {
    if (isLast()) refuse(config, entry, deadline.isOver ? tooLate : forbidden)
  }
}

/**
 * Asks again whether the client may have its subscriptions. Until `check` has resolved, what comes for a subscription waits; when it rejects, or does not settle
 * within `handshakeTimeout`, the subscription ends.
 */
export const checkSubscriptions = (
  config: ConnectionSubscriptionsConfig,
  check: (subscription: Subscription) => Promise<void>,
): void => {
  const { store, limits } = config
  store.rights++
  const entries = Array.from(store.subscriptions?.values() ?? []).filter(({ isRevoked }) => !isRevoked)
  if (entries.length === 0) return
  const deadline = createDeadline(limits.handshakeTimeout)
  const slots = (store.authorizing ??= createSlots(limits.maxPending))
  const checks = entries.map(async (entry) => {
    // Of two checks at once the last one counts; what waits for the first waits on.
    const held = [...(entry.held ?? [])]
    entry.held = held
    const checking = slots.run(async () => {
      // Newer credentials have replaced those that were to be checked.
      if (entry.held !== held) return
      if (!deadline.isOver) return await Promise.race([check(entry.subscription), deadline.over])
      return await deadline.over
    })
    checking.catch(() => {})
    await awaitCheck(config, entry, held, Promise.race([checking, deadline.over]), deadline)
  })
  void Promise.all(checks).then(deadline.cancel)
}
