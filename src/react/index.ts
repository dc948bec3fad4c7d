'use client'
// The public names of `reduplex/react`, listed one by one.
export { createSocketHooks, type SocketHooks, type SocketHooksOptions } from './createSocketHooks.js'
export {
  useIsLost,
  useReconnectCountdown,
  useSocket,
  useSocketConnection,
  useSocketMessage,
  useSubscription,
} from './hooks.js'
export type { SocketControls, StoreContext, NameOrActions } from './storeContext.js'
export type { UseIsLostOptions } from './useIsLost.js'
export type { SocketView, UseSocket } from './useSocket.js'
export type { UseSocketConnectionOptions } from './useSocketConnection.js'
export type { UseMessageOf, UseSocketMessage } from './useSocketMessage.js'
export type { SubscriptionView, UseSubscription, UseSubscriptionOf, UseSubscriptionOptions } from './useSubscription.js'
