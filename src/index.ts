// The core's public names, listed one by one.
export {
  createSocketActions,
  isReceived,
  isSocketAction,
  type SocketActions,
  type SocketActionsOptions,
} from './actions/createSocketActions.js'
export type {
  BinaryHandle,
  BinarySize,
  Contract,
  InputOf,
  MaybeSchema,
  OutputOf,
  Plain,
  SchemaContract,
  SocketSchema,
} from './actions/contract.js'
export type { Command, CommandMeta, SocketDispatch } from './actions/command.js'
export type {
  CommandCreator,
  ConnectOptions,
  ConnectPayload,
  SendMeta,
  SendResult,
  SocketCommandCreators,
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
  socketListen,
  socketMessage,
  socketOpened,
  socketReceive,
  socketReconnect,
  socketReconnecting,
  socketReleased,
  socketSend,
  socketSendRaw,
} from './actions/index.js'
export type {
  ListenCreator,
  ListenPayload,
  MessageListener,
  MessageOfType,
  MessageType,
  ReceiveCreator,
  ReceiveOptions,
  Recogniser,
} from './actions/listening.js'
export { json, type JsonOptions } from './codec/json.js'
export { raw, type RawOptions } from './codec/raw.js'
export { text, type TextOptions } from './codec/text.js'
export type { Codec } from './codec/types.js'
export type { Frame, ReceivedFrame } from './internal/bytes.js'
export { SocketFailure, type Issue, type Problem } from './internal/errors.js'
export { asyncFeature } from './features/async.js'
export { binaryFeature, type BinaryExtension } from './features/binary.js'
export { handshakeFeature } from './features/handshake.js'
export { idleFeature } from './features/idle.js'
export { schemaFeature } from './features/schema.js'
export type { BinaryOptions } from './middleware/binary.js'
export type { ActionLike, Rule } from './middleware/match.js'
export { createSocketMiddleware } from './full.js'
export { buildSocketMiddleware } from './middleware/buildSocketMiddleware.js'
export type { CreateSocketMiddleware, SocketMiddlewareInstance } from './middleware/buildSocketMiddleware.js'
export { optionsFromEnv, type EnvOptions, type OptionsFromEnv } from './middleware/optionsFromEnv.js'
export type { Guard } from './internal/guard.js'
export { createProtocol } from './features/protocol.js'
export type {
  Protocol,
  ProtocolCommand,
  ProtocolFactory,
  ProtocolHost,
  ProtocolWire,
  SocketProtocol,
} from './middleware/protocol.js'
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
} from './connection/backoff.js'
export type { HeartbeatOptions } from './connection/heartbeat.js'
export { closeCodes, type CloseAdvice } from './connection/closeCodes.js'
export { socketEndpoint } from './connection/endpoint.js'
export type { Phase } from './connection/lifecycle.js'
export { reconnectingWebSocketDefaults } from './connection/presets.js'
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
} from './connection/types.js'
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
