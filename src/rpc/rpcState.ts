import { socketOf } from '../state/socketSelectors.js'
import type { WithSockets } from '../state/selectors.js'
import type { SocketsState, SocketState } from '../state/socketState.js'
import type { SubscribePayload } from './rpcActions.js'
import type { RpcProblem } from './types.js'

/** What the store knows of one subscription. */
export interface SubscriptionState extends SubscribePayload {
  /**
   * `pending` until the server has accepted it, also while it refuses it for now, and again while the connection is lost; then `active`. `failed` when the
   * server refused it for good, or ended it.
   */
  readonly status: 'pending' | 'active' | 'failed'
  /** Why it failed. */
  readonly error?: RpcProblem
}

/** The subscriptions of a connection by their ids, until they are unsubscribed. */
export type SubscriptionTable = Readonly<Record<string, SubscriptionState>>

/** The state of a connection that speaks JSON-RPC: `state.socket[name] as RpcSocketState`. */
export interface RpcSocketState extends SocketState {
  /** How many requests wait for a reply; updated at most once every 16 ms. */
  readonly pendingRequests: number
  /** The subscriptions by their ids, until they are unsubscribed. */
  readonly subscriptions: SubscriptionTable
}

/** Selectors of one mount point of `socketReducer`. */
export interface RpcSelectors<Root> {
  /** How many requests wait for a reply, on the connection of that name, by default on the default one. */
  readonly selectPendingCount: (state: Root, name?: string) => number
  /** A subscription of any connection by the id that `dispatch(socketSubscribe(…))` returned; `undefined` for an unknown id. */
  readonly selectSubscription: (state: Root, id: string) => SubscriptionState | undefined
}

/** A subscription of any connection. */
export const subscriptionOf = (sockets: SocketsState = {}, id: string): SubscriptionState | undefined => {
  for (const socket of Object.values(sockets)) {
    const { subscriptions } = socket as Partial<RpcSocketState>
    if (subscriptions && Object.hasOwn(subscriptions, id)) return subscriptions[id]
  }
  return undefined
}

/** Creates the selectors for a `socketReducer` that is not mounted under `socket`. A slice that is not there yet reads as empty. See docs/rpc.md. */
export const getRpcSelectors = <Root>(
  selectSockets: (state: Root) => SocketsState | undefined,
): RpcSelectors<Root> => ({
  selectPendingCount: (state, name) =>
    (socketOf(selectSockets(state), name) as Partial<RpcSocketState>).pendingRequests ?? 0,
  selectSubscription: (state, id) => subscriptionOf(selectSockets(state), id),
})

const selectors = /* @__PURE__ */ getRpcSelectors((state: WithSockets) => state.socket)

/** How many requests wait for a reply: `selectPendingCount(state, name?)`. */
export const selectPendingCount = selectors.selectPendingCount

/** A subscription by its id: `{ channel, params?, status, error? }`. */
export const selectSubscription = selectors.selectSubscription
