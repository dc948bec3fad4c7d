import { entryPatch } from '../middleware/entryPatch.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import type { RpcId } from '../internal/jsonRpc.js'
import { sizeOf } from '../middleware/binarySize.js'
import type { Topic } from './dialects.js'
import type { EarlyPushes } from './earlyPushes.js'
import type { PendingRequest, Rpc } from './rpc.js'
import type { SubscriptionState, SubscriptionTable } from './rpcState.js'
import type { SubscriptionLifecycle } from './subscriptionLifecycle.js'
import type { RpcProblem, SubscribeOptions, SubscriptionObserver } from './types.js'

// What the store and the app's callbacks get of the subscriptions of one connection.

/** One subscription at the server, and the subscriptions of the app that use it. */
export interface ServerSubscription extends Topic {
  /** The id of the app's subscription or, when several share it, what they have in common. */
  readonly name: string
  /** The options of the app's subscriptions, by id. */
  readonly holders: Map<string, SubscribeOptions>
  lifecycle: SubscriptionLifecycle
  /** The request under way. */
  request: PendingRequest | undefined
  /** The data of the last push, if a holder wants it for `resume`. */
  last: unknown
  /** The last reply that accepted it. */
  answer: unknown
  /** The position of the last push that the app got, in a channel with history. */
  at: ChannelPosition | undefined
}

/** The subscriptions of one connection. */
export interface Subscriptions {
  readonly rpc: Rpc
  /** By the ids of the app's subscriptions. */
  readonly byId: Map<string, ServerSubscription>
  /** By name. Also those that the app does not use any more, until the server has ended them. */
  readonly byName: Map<string, ServerSubscription>
  /** By what pushes carry. */
  readonly byKey: Map<RpcId, ServerSubscription>
  readonly early: EarlyPushes
  /** A reply has arrived: delivers the early pushes, whose subscription is known by now. */
  readonly onReplied: () => void
  /** What the store has, or gets with the next action of the connection. */
  table: SubscriptionTable
  /** How many the app has made. */
  count: number
}

/** Replaces the table. The next action of the connection carries it to the reducer. */
export const setTable = (subscriptions: Subscriptions, table: SubscriptionTable): void => {
  subscriptions.table = table
  subscriptions.rpc.part(entryPatch)({ subscriptions: table })
}

/** Changes subscriptions of the table. Those that are not in it any more were unsubscribed. */
export const changeTable = (
  subscriptions: Subscriptions,
  ids: Iterable<string>,
  change: Pick<SubscriptionState, 'status' | 'error'>,
): void => {
  const table: Record<string, SubscriptionState> = { ...subscriptions.table }
  for (const id of ids) if (table[id]) table[id] = { ...table[id], ...change }
  setTable(subscriptions, table)
}

/** Dispatches an event with the change of the table that belongs to it, after the task under way. */
const report = (
  subscriptions: Subscriptions,
  type: 'subscribed' | 'subscribeFailed',
  payload: { readonly ids: readonly string[] },
  change: Pick<SubscriptionState, 'status' | 'error'>,
): void => {
  const { store, taskQueue } = subscriptions.rpc
  if (!payload.ids.length) return
  taskQueue.enqueue(() => {
    changeTable(subscriptions, payload.ids, change)
    store.emit({ type, payload })
  })
}

type Holders = ReadonlyMap<string, SubscribeOptions>

/** Calls a member of the observers. One that is removed meanwhile is not called. */
export const observe = <Member extends keyof SubscriptionObserver>(
  { rpc }: Subscriptions,
  holders: Holders,
  member: Member,
  ...args: Parameters<NonNullable<SubscriptionObserver[Member]>>
): void => {
  for (const [id, { observer }] of Array.from(holders)) {
    const call = holders.has(id) && (observer?.[member] as ((...all: unknown[]) => unknown) | undefined)
    if (call) rpc.guard(`observer.${member}`, () => call.apply(observer, args))
  }
}

/** Reports that the server has accepted the subscriptions of these holders. */
export const reportActive = (
  subscriptions: Subscriptions,
  { at }: ServerSubscription,
  holders: Holders,
  answer: unknown,
  recovered: boolean,
): void => {
  report(subscriptions, 'subscribed', { ids: [...holders.keys()], recovered } as never, { status: 'active' })
  observe(subscriptions, holders, 'subscribed', answer, recovered, at)
}

/** Reports that a subscription has failed. Its holders are removed. */
export const reportFailed = (
  subscriptions: Subscriptions,
  { holders }: ServerSubscription,
  problem: RpcProblem,
): void => {
  const { byId, rpc } = subscriptions
  const failed = new Map(holders)
  const ids = [...failed.keys()]
  holders.clear()
  for (const id of ids) byId.delete(id)
  const error = rpc.pipeline.toPlain(problem, sizeOf) as RpcProblem
  report(subscriptions, 'subscribeFailed', { ids, error } as never, { status: 'failed', error })
  observe(subscriptions, failed, 'failed', problem)
}
