// The core's public names, listed one by one.
export {
  createSocketActions,
  type CompleteContract,
  type SocketActions,
  type SocketActionsOptions,
} from './actions/createSocketActions.js'
export { isSocketAction } from './actions/creators.js'
export { isReceived } from './actions/received.js'
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
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketReleased,
  socketSend,
  socketSendRaw,
} from './actions/index.js'
export type {
  HasMatch,
  ListenCreator,
  ListenPayload,
  MessageListener,
  MessageOfType,
  MessageType,
  ReceiveCreator,
  ReceiveOptions,
} from './actions/listening.js'
export { json, type JsonOptions } from './codec/json.js'
export { raw, type RawOptions } from './codec/raw.js'
export { text, type TextOptions } from './codec/text.js'
export type { Codec } from './codec/types.js'
export {
  exponentialBackoff,
  type Backoff,
  type BackoffContext,
  type ExponentialBackoffOptions,
} from './connection/backoff.js'
export { closeCodes, type CloseAdvice } from './connection/closeCodes.js'
export type { Connection } from './connection/connection.js'
export type { ConnectionSettings } from './connection/core.js'
export type { ConnectionEvent, ConnectionHooks, Link, Loss } from './connection/hooks.js'
export type { Phase } from './connection/lifecycle.js'
export { reconnectingWebSocketDefaults } from './connection/presets.js'
export type {
  Address,
  AttemptContext,
  ClosedContext,
  CloseInfo,
  ConnectOutcome,
  Delivery,
  SendResult,
  DropReason,
  NextPhase,
  Params,
  QueueOptions,
  ReconnectDecision,
  ReconnectOptions,
  SendOptions,
  SocketEvents,
  ValueOrFactory,
  WebSocketClass,
  WebSocketLike,
} from './connection/types.js'
export { addressFeature, socketEndpoint } from './features/address.js'
export { asyncFeature } from './features/async.js'
export { binaryFeature, type BinaryExtension } from './features/binary.js'
export { handshakeFeature } from './features/handshake.js'
export { heartbeatFeature } from './features/heartbeat.js'
export { idleFeature } from './features/idle.js'
export { createSocketMiddleware } from './features/createSocketMiddleware.js'
export { createListening, socketListen, socketReceive, type ListeningActions } from './features/listen.js'
export { pageLifecycleFeature } from './features/pageLifecycle.js'
export { createProtocol } from './features/protocol.js'
export { queueFeature } from './features/queue.js'
export { retryFeature } from './features/retry.js'
export { schemaFeature } from './features/schema.js'
export type { Frame, ReceivedFrame } from './internal/bytes.js'
export { SocketFailure, type Issue, type SerializedSocketError } from './internal/errors.js'
export type { Guard } from './internal/guard.js'
export type { MaybePromise } from './internal/maybePromise.js'
export {
  buildSocketMiddleware,
  type CoreKey,
  type CreateSocketMiddleware,
  type ExtensionOf,
  type KeyOf,
  type SocketMiddlewareInstance,
} from './middleware/buildSocketMiddleware.js'
export type {
  CommandAction,
  CommandHandler,
  ConnectionContext,
  Feature,
  FeatureContext,
  FeatureHooks,
  OptionKey,
  Pipeline,
  StorePort,
} from './middleware/feature.js'
export type { ActionLike, Rule } from './middleware/match.js'
export type {
  BinaryOptions,
  CallbackContext,
  HandshakeContext,
  HeartbeatOptions,
  MappedActions,
  OpenContext,
  PingOptions,
  RespondToPing,
  ProviderContext,
  SocketHeaders,
  SocketMiddlewareOptions,
} from './middleware/options.js'
export { optionsFromEnv, type EnvOptions, type OptionsFromEnv } from './middleware/optionsFromEnv.js'
export type {
  ClosingWire,
  CustomProtocol,
  Protocol,
  ProtocolCommand,
  ProtocolCommandHandler,
  ProtocolCommandHandlers,
  ProtocolFactory,
  ProtocolHost,
  ProtocolWire,
  SocketProtocol,
} from './middleware/protocol.js'
export {
  getSocketSelectors,
  selectIsCongested,
  selectIsLost,
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
export { socketReducer } from './state/socketReducer.js'
export type { IsLostOptions } from './state/socketSelectors.js'
export { socketSlice } from './state/socketSlice.js'
export type { SocketsState, SocketState } from './state/socketState.js'
