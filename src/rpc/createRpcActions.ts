import type { SocketActions } from '../actions/createSocketActions.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import { createEvent } from '../actions/events.js'
import { batchOf, notifyOf, requestOf } from './requestCommands.js'
import type { PushPayload, RpcActions, SubscribedPayload, SubscribeFailedPayload } from './rpcActions.js'
import { subscribeOf, unsubscribeOf } from './subscribeCommands.js'

/** Creates the actions of JSON-RPC on a connection. It takes a set of `createSocketActions`, of which it uses the name. See docs/rpc.md. */
export const createRpcActions = ({ name }: Pick<SocketActions, 'name'>): RpcActions => {
  const actions: RpcActions = {
    name,
    request: requestOf(name),
    notify: notifyOf(name),
    batch: batchOf(name),
    subscribe: subscribeOf(name),
    unsubscribe: unsubscribeOf(name),
    push: createEvent(name, 'push'),
    subscribed: createEvent(name, 'subscribed'),
    subscribeFailed: createEvent(name, 'subscribeFailed'),
    withTypes: () => actions,
  }
  return actions
}

/** The server pushed something: `{ id, channel, data }`. */
export const socketPush = /* @__PURE__ */ createEvent<PushPayload>(DEFAULT_NAME, 'push')

/** The server accepted subscriptions: `{ ids, recovered }`. */
export const socketSubscribed = /* @__PURE__ */ createEvent<SubscribedPayload>(DEFAULT_NAME, 'subscribed')

/** The server refused or ended subscriptions: `{ ids, error }`. */
export const socketSubscribeFailed = /* @__PURE__ */ createEvent<SubscribeFailedPayload>(
  DEFAULT_NAME,
  'subscribeFailed',
)
