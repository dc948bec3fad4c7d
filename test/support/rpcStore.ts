import { WebSocket } from 'ws'
import {
  jsonRpc,
  rpcReducer,
  selectPendingCount,
  selectSubscription,
  type JsonRpcOptions,
  type RpcState,
} from '../../src/rpc/index.js'
import { setupStore, type StoreOptions } from './setupStore.js'

/** A store with JSON-RPC on a real socket. */
export const createRpcStore = ({ dialect, methods, ...options }: StoreOptions & JsonRpcOptions) => {
  const store = setupStore({
    WebSocket,
    protocol: jsonRpc({
      ...(dialect && { dialect }),
      ...(methods && { methods }),
    }),
    reducer: { rpc: rpcReducer },
    reconnect: { backoff: () => 1 },
    ...options,
  })
  const root = () => store.app() as { rpc: RpcState }
  return {
    ...store,
    subscription: (id: string) => selectSubscription(root(), id),
    pendingCount: () => selectPendingCount(root()),
  }
}
