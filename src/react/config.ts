import type { RpcActions } from '../rpc/actions.js'
import type { RpcSelectors } from '../rpc/rpcSlice.js'
import type { SocketSelectors } from '../state/selectors.js'
import type { StoreContext } from './attach.js'

/** What the hooks of a connection are made for. */
export interface HooksConfig {
  /** Where the store is; by default where react-redux has it. */
  readonly context?: StoreContext | undefined
  /** The connection's name, where a component gives none. */
  readonly name: string
  readonly selectSocket: SocketSelectors<never>['selectSocket']
}

/** The same for subscriptions. */
export interface SubscriptionHooksConfig extends Pick<HooksConfig, 'context' | 'name'> {
  /** By default made of the name. */
  readonly rpc?: RpcActions | undefined
  readonly selectSubscription: RpcSelectors<never>['selectSubscription']
}
