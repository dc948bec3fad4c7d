import { DEFAULT_NAME } from '../actions/creators.js'
import { selectSubscription } from '../rpc/rpcSlice.js'
import { selectSocket } from '../state/selectors.js'
import { createUseReconnectCountdown } from './useReconnectCountdown.js'
import { createUseSocket, type SocketView } from './useSocket.js'
import { createUseSocketConnection, type UseSocketConnectionOptions } from './useSocketConnection.js'
import { createUseSocketMessage, type UseSocketMessage } from './useSocketMessage.js'
import { createUseSubscription, type UseSubscription } from './useSubscription.js'

const config = { name: DEFAULT_NAME, selectSocket }

/**
 * What a connection is doing, and its commands: all of its state, `isOpen`, `send`, `connect`, `close`, `reconnect`. The component is rendered again when
 * something changes that it reads, and for nothing else. On a server it reads as idle.
 */
export const useSocket: (name?: string) => SocketView = /* @__PURE__ */ createUseSocket(config)

/** Hears messages while the component is mounted: `useSocketMessage(match, handler, name?)`. */
export const useSocketMessage = /* @__PURE__ */ createUseSocketMessage(config) as UseSocketMessage<
  unknown,
  [name?: string]
>

/** Subscribes to a channel while the component is mounted: `{ status, data, error }`. */
export const useSubscription = /* @__PURE__ */ createUseSubscription({
  name: DEFAULT_NAME,
  selectSubscription,
}) as UseSubscription<object, { readonly name?: string | undefined }>

/** Whole seconds until the next attempt; `null` while none is due, and on a server. */
export const useReconnectCountdown: (name?: string) => number | null =
  /* @__PURE__ */ createUseReconnectCountdown(config)

/**
 * Connects while a component is mounted that wants it, and closes once the last of them is gone. Options that are no longer equal by value connect anew;
 * where several components differ, the last one's hold.
 */
export const useSocketConnection: (options?: UseSocketConnectionOptions, name?: string) => void =
  /* @__PURE__ */ createUseSocketConnection(config)
