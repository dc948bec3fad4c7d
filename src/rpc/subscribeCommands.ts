import { DEFAULT_NAME } from '../actions/creators.js'
import { stableHash } from '../internal/stableHash.js'
import { checkName, commandOf, passOn, toReducerPayload, type RunCommand } from './command.js'
import type { Topic } from './dialects.js'
import { keyOf } from './messages.js'
import { rpcOf } from './rpc.js'
import type { RpcActions, SubscribePayload } from './rpcActions.js'
import { setTable } from './subscriptionReports.js'
import { addSubscription, removeSubscription, subscriptionsOf } from './subscriptions.js'
import type { SubscribeOptions } from './types.js'

const HANDLED = { delivery: 'handled' }

const runSubscribe: RunCommand = (context, command, next) => {
  const rpc = rpcOf(context, command)
  const subscriptions = context.part(subscriptionsOf)
  const { channel, params } = command.payload as Topic
  const given = { ...(command.payload as Topic), channel: keyOf(channel) }
  const id = `${rpc.prefix}s${++subscriptions.count}`
  const options = command.meta as SubscribeOptions
  const payload = toReducerPayload(rpc, given) as SubscribePayload
  setTable(subscriptions, { ...subscriptions.table, [id]: { ...payload, status: 'pending' } })
  passOn(rpc, { ...command, payload: given }, { id, ...HANDLED }, next)
  // Params that are not plain data are never shared, nor is what goes on from a position.
  const isShared = options.shared && !options.since && payload === given
  const name = rpc.dialect.isShared ? payload.channel : isShared ? stableHash([channel, params]) : id
  addSubscription(subscriptions, id, name, { channel, params }, options)
  return id
}

const runUnsubscribe: RunCommand = (context, command, next) => {
  const rpc = rpcOf(context, command)
  const subscriptions = context.part(subscriptionsOf)
  const id = command.payload as string
  const { [id]: known, ...rest } = subscriptions.table
  if (known) setTable(subscriptions, rest)
  passOn(rpc, command, HANDLED, next)
  removeSubscription(subscriptions, id)
}

/** Creates the command that subscribes to a channel. */
export const subscribeOf = (socket: string): RpcActions['subscribe'] =>
  commandOf(socket, 'subscribe', runSubscribe, (channel: unknown, params?: unknown, options?: SubscribeOptions) => {
    if (__DEV__) checkName('subscribe', 'channel', channel)
    return { payload: { channel, ...(params !== undefined && { params }) }, options }
  }) as never

/** Creates the command that ends a subscription. */
export const unsubscribeOf = (socket: string): RpcActions['unsubscribe'] =>
  commandOf(socket, 'unsubscribe', runUnsubscribe, (payload: string) => ({ payload })) as never

/** Subscribes to a channel, on this connection and on every later one: `dispatch` returns the subscription's id. */
export const socketSubscribe = /* @__PURE__ */ subscribeOf(DEFAULT_NAME)

/** Ends a subscription by its id. */
export const socketUnsubscribe = /* @__PURE__ */ unsubscribeOf(DEFAULT_NAME)
