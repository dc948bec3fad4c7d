// The public names of `reduplex/tabs`, listed one by one.
export {
  createSharedWebSocket,
  type SharedWebSocket,
  type SharedWebSocketClass,
  type SharedWebSocketOptions,
} from './createSharedWebSocket.js'
export { sharedSubscriptionsFeature } from './sharedSubscriptions.js'
export { sharedSessionFeature } from './session/sharedSessionFeature.js'
