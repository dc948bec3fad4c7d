// The public names of `reduplex/server`, listed one by one.
export type { Contract } from '../actions/contract.js'
export { json } from '../codec/json.js'
export { text } from '../codec/text.js'
export type { Codec } from '../codec/types.js'
export type { WebSocketClass, WebSocketLike } from '../connection/types.js'
export type { Frame } from '../internal/bytes.js'
export { createServerSocket, type CreatedServerSocket, type SocketTransport } from './attach/createServerSocket.js'
export { fromFetchRequest, type FetchRequest, type FetchServerRequest } from './attach/fetchRequest.js'
export { fromWebSocket, type StandardWebSocket } from './attach/fromWebSocket.js'
export { createMemoryWebSocket, type MemoryWebSocketOptions } from './attach/memoryWebSocket.js'
export { memoryBus, type Bus, type BusProblem, type BusStatus } from './cluster/bus.js'
export type { Negotiation, ServerRequest, ServerSocket, SocketReason } from './connection/serverSocket.js'
export { createSocketServer, type CreateSocketServer } from './createSocketServer.js'
export { Refusal } from './http/Refusal.js'
export type { PathParams } from './http/path.js'
export type { ListenTarget } from './http/targetChecks.js'
export type {
  AuthorizeContext,
  AuthorizeVerdict,
  ConnectionRateOptions,
  RateOptions,
  SocketServerOptions,
  SocketServerSettings,
  UserOf,
  WsOptions,
} from './options.js'
export { type HandleHealth, type HealthStatus, type ServerHealth } from './operations/health.js'
export {
  serverMetricDefinitions,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricDefinition,
  type MetricLabels,
  type ServerMetrics,
} from './operations/metrics.js'
export type { LogMethod, ServerLogger } from './operations/serverLog.js'
export { method, type Handler, type Method, type Methods } from './rpc/methods.js'
export { RpcError } from './rpc/RpcError.js'
export type { SessionOptions } from './session/sessionOptions.js'
export { shareSocketServer, type SharedSocketServer, type ShareOptions } from './shareSocketServer.js'
export type {
  CloseOptions,
  ConnectionEnd,
  RefusedConnection,
  ServerEvents,
  SocketLimits,
  SocketServer,
  UserConnections,
} from './SocketServer.js'
export type {
  CallContext,
  ChannelContext,
  ChannelMember,
  ClientRequestOptions,
  Connections,
  Except,
  Messages,
  Mirror,
  ServerCodec,
  ServerConnection,
  ServerProblem,
  ServerTypes,
  Subscription,
} from './types.js'
export type { Admission } from './verdict.js'
