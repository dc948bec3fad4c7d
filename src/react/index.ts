'use client'
// The public names of `reduplex/react`, listed one by one.
export type { SocketControls, StoreContext } from './attach.js'
export { createSocketHooks, type SocketHooks, type SocketHooksOptions } from './createSocketHooks.js'
export { useReconnectCountdown, useSocket, useSocketConnection, useSocketMessage, useSubscription } from './hooks.js'
export type { SocketView } from './useSocket.js'
export type { UseSocketConnectionOptions } from './useSocketConnection.js'
export type { UseSocketMessage } from './useSocketMessage.js'
export type { SubscriptionView, UseSubscription, UseSubscriptionOptions } from './useSubscription.js'
