import { WebSocket } from 'ws'
import type { WithSockets } from '../../src/index.js'
import { jsonRpc, selectPendingCount, selectSubscription, type JsonRpcOptions } from '../../src/rpc/index.js'
import { setupStore, type StoreOptions } from './setupStore.js'

/** A store with JSON-RPC on a real socket. */
export const createRpcStore = ({ dialect, methods, ...options }: StoreOptions & JsonRpcOptions) => {
  const store = setupStore({
    WebSocket,
    protocol: jsonRpc({
      ...(dialect && { dialect }),
      ...(methods && { methods }),
    }),
    reconnect: { backoff: () => 1 },
    ...options,
  })
  const root = () => store.app() as unknown as WithSockets
  return {
    ...store,
    subscription: (id: string) => selectSubscription(root(), id),
    pendingCount: () => selectPendingCount(root()),
  }
}
