import { DEFAULT_NAME } from '../actions/creators.js'
import { selectSockets } from '../state/selectors.js'
import type { HooksConfig, NameOrActions } from './storeContext.js'
import { createUseIsLost, type UseIsLostOptions } from './useIsLost.js'
import { createUseReconnectCountdown } from './useReconnectCountdown.js'
import { createUseSocket, type UseSocket } from './useSocket.js'
import { createUseSocketConnection, type UseSocketConnectionOptions } from './useSocketConnection.js'
import { createUseSocketMessage, type UseMessageOf } from './useSocketMessage.js'
import { createUseSubscription, type UseSubscriptionOf } from './useSubscription.js'

const config: HooksConfig = { name: DEFAULT_NAME, selectSockets }

/**
 * What a connection is doing, and its commands: all of its state, `isOpen`, `send`, `connect`, `close`, `reconnect`. The component renders again when a member
 * changes that it reads. On a server it reads as idle. `useSocket(name)` or, typed, `useSocket(actions)` is of a named connection. See docs/react.md.
 */
export const useSocket = /* @__PURE__ */ createUseSocket(config) as UseSocket

/** Calls a function with messages while the component is mounted: `useSocketMessage(match, handler, actions?)`. See docs/react.md. */
export const useSocketMessage = /* @__PURE__ */ createUseSocketMessage(config) as UseMessageOf

/** Subscribes to a channel while the component is mounted: `{ status, data, error }`. The option `actions` names a connection. See docs/react.md. */
export const useSubscription = /* @__PURE__ */ createUseSubscription(config) as UseSubscriptionOf

/** Whole seconds until the next attempt; `null` while none is due, and on a server. See docs/react.md. */
export const useReconnectCountdown: (actions?: NameOrActions) => number | null =
  /* @__PURE__ */ createUseReconnectCountdown(config)

/**
 * Whether the connection has been lost for `after` milliseconds, by default 3000: for a banner that a short interruption does not show. False while it is open,
 * before the first attempt has failed, once it is closed, and on a server. The component renders again when the time has passed. See docs/react.md.
 */
export const useIsLost: (options?: UseIsLostOptions, actions?: NameOrActions) => boolean =
  /* @__PURE__ */ createUseIsLost(config)

/**
 * Connects while a component that uses it is mounted, and closes when the last of them is gone. It connects again when the options change by value; where several
 * components differ, the options of the last one hold. See docs/react.md.
 */
export const useSocketConnection: (options?: UseSocketConnectionOptions, actions?: NameOrActions) => void =
  /* @__PURE__ */ createUseSocketConnection(config)
