import type { ConnectionContext } from '../middleware/feature.js'
import type { ServerMissed, Topic } from './dialects.js'
import { createEarlyPushes } from './earlyPushes.js'
import { retryDelayOf, serverProblem } from './failures.js'
import { dispatchPush, takeOtherPush } from './incoming.js'
import { keyOf } from './messages.js'
import { rpcSlot, type KeyedPush } from './rpc.js'
import { advance } from './subscriptionEffects.js'
import { idleSubscription } from './subscriptionLifecycle.js'
import {
  changeTable,
  observe,
  reportActive,
  type ServerSubscription,
  type Subscriptions,
} from './subscriptionReports.js'
import type { RpcProblem, SubscribeOptions } from './types.js'

/** Adds a subscription of the app. Those with the same `name` share one at the server. */
export const addSubscription = (
  subscriptions: Subscriptions,
  id: string,
  name: string,
  topic: Topic,
  options: SubscribeOptions,
): void => {
  const { byId, byName, rpc } = subscriptions
  const { connection, isDisposed, isOnline } = rpc
  const entry: ServerSubscription = byName.get(name) ?? {
    ...topic,
    name,
    holders: new Map(),
    lifecycle: idleSubscription(isOnline, !!options.since),
    request: undefined,
    last: undefined,
    answer: undefined,
    at: options.since,
  }
  const { holders, lifecycle } = entry
  // With a dialect that shares channels by name, the next subscription may have other params.
  if (lifecycle.status === 'unsubscribing' && !holders.size) Object.assign(entry, topic)
  byName.set(name, entry)
  byId.set(id, entry)
  holders.set(id, options)
  if (lifecycle.status === 'active') reportActive(subscriptions, entry, new Map([[id, options]]), undefined, true)
  if (!isOnline && !isDisposed()) connection.use()
  advance(subscriptions, entry, { type: 'want' })
}

/** Ends a subscription of the app. Unknown ids are ignored. */
export const removeSubscription = (subscriptions: Subscriptions, id: string): void => {
  const { byId } = subscriptions
  const entry = byId.get(id)
  byId.delete(id)
  entry?.holders.delete(id)
  if (entry?.holders.size === 0) advance(subscriptions, entry, { type: 'release' })
}

/** Pushes are missing: the subscription goes on at another place. */
const miss = (subscriptions: Subscriptions, entry: ServerSubscription): void => {
  const { answer, holders } = entry
  observe(subscriptions, holders, 'lost')
  reportActive(subscriptions, entry, holders, answer, false)
}

const deliver = (subscriptions: Subscriptions, entry: ServerSubscription, { data, offset }: KeyedPush): void => {
  const { rpc } = subscriptions
  const { at, channel, holders } = entry
  if (at && offset !== undefined) {
    const { epoch, offset: last } = at
    if (offset <= last) return
    entry.at = { epoch, offset: offset - 1 }
    if (offset > last + 1) miss(subscriptions, entry)
    entry.at = { epoch, offset }
  }
  for (const [id, { listener, observer, resume }] of Array.from(holders)) {
    if (!holders.has(id)) continue
    if (resume) entry.last = data
    if (listener) rpc.guard('listener', () => listener(data))
    // The listener may have ended it.
    if (!holders.has(id)) continue
    if (observer) rpc.guard('observer.pushed', () => observer.pushed?.(data, offset))
    else dispatchPush(rpc, id, keyOf(channel), data)
  }
}

const onPush = (subscriptions: Subscriptions, push: KeyedPush): void => {
  const { byKey, byName, early, rpc } = subscriptions
  const { key } = push
  const entry = key === undefined ? undefined : byKey.get(key)
  if (entry) return deliver(subscriptions, entry, push)
  if (key !== undefined && early.hasEnded(key)) return
  const isAsked = ({ lifecycle, request }: ServerSubscription) =>
    lifecycle.status === 'subscribing' && request?.isOver === false
  const isEarly = key !== undefined && [...byName.values()].some(isAsked)
  if (!isEarly || !early.keep(push)) takeOtherPush(rpc, push)
}

/** Active subscriptions are pending again. The next action of the connection carries that to the reducer. */
const setPending = (subscriptions: Subscriptions, active: readonly ServerSubscription[]): void => {
  const ids = active.flatMap(({ holders }) => [...holders.keys()])
  if (ids.length) changeTable(subscriptions, ids, { status: 'pending' })
}

/** The server has ended a subscription: for good, or for now. */
const onEnded = (subscriptions: Subscriptions, entry: ServerSubscription, error: RpcProblem): void => {
  if (retryDelayOf({ error }, 1) === undefined) return advance(subscriptions, entry, { type: 'end', error })
  setPending(subscriptions, [entry])
  subscriptions.rpc.connection.events.note({})
  advance(subscriptions, entry, { type: 'interrupt', error })
  observe(subscriptions, entry.holders, 'lost')
}

const activeOf = ({ byName }: Subscriptions): ServerSubscription[] =>
  [...byName.values()].filter(({ lifecycle }) => lifecycle.status === 'active')

/** The server has missed pushes, for example because it was cut off from other servers. The subscriptions go on. */
const onMissed = (subscriptions: Subscriptions, missed: true | ServerMissed): void => {
  if (missed === true) {
    // Those with a position are told one by one.
    for (const entry of activeOf(subscriptions)) if (!entry.at) miss(subscriptions, entry)
    return
  }
  const entry = subscriptions.byKey.get(keyOf(missed.key))
  if (!entry) return
  entry.at = missed.at
  miss(subscriptions, entry)
}

const onLost = (subscriptions: Subscriptions): void => {
  const { byName, early } = subscriptions
  const entries = [...byName.values()]
  const active = activeOf(subscriptions)
  early.clear()
  setPending(subscriptions, active)
  for (const entry of entries) advance(subscriptions, entry, { type: 'offline' })
  for (const { holders } of active) observe(subscriptions, holders, 'lost')
}

/** The subscriptions of a connection that speaks JSON-RPC. The first `socketSubscribe` creates them. */
export const subscriptionsOf = ({ part }: ConnectionContext): Subscriptions => {
  const rpc = part(rpcSlot).rpc!
  const subscriptions: Subscriptions = {
    rpc,
    byId: new Map(),
    byName: new Map(),
    byKey: new Map(),
    early: createEarlyPushes(),
    onReplied: () => {
      for (const push of subscriptions.early.take()) onPush(subscriptions, push)
    },
    table: {},
    count: 0,
  }
  rpc.receiver = {
    onPush: (push) => onPush(subscriptions, push),
    onEnded: ({ key, error }) => {
      const entry = subscriptions.byKey.get(keyOf(key))
      if (entry) onEnded(subscriptions, entry, serverProblem(error))
    },
    onMissed: (missed) => onMissed(subscriptions, missed),
    onLost: () => onLost(subscriptions),
    resume: () => {
      for (const entry of subscriptions.byName.values()) advance(subscriptions, entry, { type: 'online' })
    },
    isBusy: () => subscriptions.byId.size > 0,
    byKey: subscriptions.byKey,
  }
  return subscriptions
}
