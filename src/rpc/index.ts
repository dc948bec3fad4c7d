// The public names of `reduplex/rpc`, listed one by one.
export type { ChannelPosition } from '../internal/channelPosition.js'
export { socketReauthenticate, type Authorization, type ReauthenticateOptions } from './authenticate.js'
export type { RpcCall, RpcId, RpcReply } from '../internal/jsonRpc.js'
export type { ChannelParamsOf, DataOf, Json, NameIn, ParamsOf, ResultOf, RpcContract } from './contract.js'
export { createRpcActions, socketPush, socketSubscribed, socketSubscribeFailed } from './createRpcActions.js'
export {
  ethDialect,
  reduplexDialect,
  rpcWebSocketsDialect,
  type Acceptance,
  type ChannelPath,
  type RpcDialect,
  type ServerEnd,
  type ServerMissed,
  type ServerPush,
  type Topic,
} from './dialects.js'
export type { FetchLike, HttpOptions } from './http.js'
export { jsonRpc, type JsonRpcOptions } from './jsonRpc.js'
export {
  createRemote,
  type NameRule,
  type PositionalRemote,
  type Remote,
  type RemoteCall,
  type RemoteOptions,
  type RemoteStreamCall,
  type RemoteStreams,
} from './remote.js'
export { reauthentication, type CredentialsContext } from './reauthentication.js'
export { createStreaming, socketRequestStream } from './requestStream.js'
export { socketBatch, socketNotify, socketRequest } from './requestCommands.js'
export type { ClientMethod, ClientMethods, MethodContext } from './rpc.js'
export type {
  BatchCall,
  BatchResults,
  CallMeta,
  CallPayload,
  PushPayload,
  RequestCreator,
  RpcActions,
  RpcCommandCreator,
  SubscribedPayload,
  SubscribeFailedPayload,
  SubscribeMeta,
  SubscribePayload,
} from './rpcActions.js'
export {
  getRpcSelectors,
  selectPendingCount,
  selectSubscription,
  type RpcSelectors,
  type RpcSocketState,
  type SubscriptionState,
  type SubscriptionTable,
} from './rpcState.js'
export type {
  ChunkOf,
  RequestStream,
  RequestStreamCreator,
  ReturnedOf,
  StreamMeta,
  StreamOptions,
} from './streamTypes.js'
export { socketSubscribe, socketUnsubscribe } from './subscribeCommands.js'
export type {
  RequestFailure,
  RequestHandle,
  RequestOptions,
  RequestResult,
  RpcProblem,
  Resubscription,
  SubscribeOptions,
  SubscriptionObserver,
} from './types.js'
