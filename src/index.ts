// The core's public names, listed one by one.
export {
  createSocketActions,
  isReceived,
  isSocketAction,
  type Contract,
  type SocketActions,
} from './actions/createSocketActions.js'
export type {
  Command,
  CommandCreator,
  CommandMeta,
  ConnectOptions,
  ConnectPayload,
  SendMeta,
  SendResult,
  SocketCommandCreators,
  SocketDispatch,
} from './actions/commands.js'
export type { SocketEvent, SocketEventCreator, SocketEventCreators, SocketMeta } from './actions/events.js'
export {
  socketChanged,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketSend,
} from './actions/index.js'
export { json } from './codec/json.js'
export { text } from './codec/text.js'
export type { Codec } from './codec/types.js'
export type { Frame, ReceivedFrame } from './internal/bytes.js'
export { SocketFailure, type Problem } from './internal/errors.js'
export type { ActionLike, Rule } from './middleware/match.js'
export {
  createSocketMiddleware,
  type CreateSocketMiddleware,
  type SocketMiddlewareInstance,
} from './middleware/createSocketMiddleware.js'
export type {
  HandshakeContext,
  OpenContext,
  PingOptions,
  ProviderContext,
  SocketMiddlewareOptions,
} from './middleware/options.js'
export {
  exponentialBackoff,
  type Backoff,
  type BackoffContext,
  type ExponentialBackoffOptions,
} from './socket/backoff.js'
export type { HeartbeatOptions } from './socket/heartbeat.js'
export { closeCodes, type CloseAdvice } from './socket/closeCodes.js'
export { socketEndpoint } from './socket/endpoint.js'
export type { Phase } from './socket/lifecycle.js'
export { reconnectingWebSocketDefaults } from './socket/presets.js'
export type {
  Address,
  AttemptContext,
  ClosedContext,
  CloseInfo,
  ConnectOutcome,
  Delivery,
  DropReason,
  Params,
  Provided,
  QueueOptions,
  ReconnectOptions,
  SendOptions,
  SocketEvents,
  WebSocketClass,
  WebSocketLike,
} from './socket/types.js'
export {
  getSocketSelectors,
  selectIsCongested,
  selectIsOpen,
  selectLastClose,
  selectLatency,
  selectQueued,
  selectRetryAt,
  selectSocket,
  selectSocketError,
  selectSocketStatus,
  type SocketSelectors,
  type WithSockets,
} from './state/selectors.js'
export { socketReducer, socketSlice, type SocketsState, type SocketState } from './state/socketSlice.js'
