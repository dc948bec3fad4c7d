// The public names of `reduplex/rpc`, listed one by one.
export type { RpcCall, RpcId, RpcReply } from '../internal/jsonRpc.js'
export {
  createRpcActions,
  socketBatch,
  socketNotify,
  socketPush,
  socketRequest,
  socketRequestsChanged,
  socketSubscribe,
  socketSubscribed,
  socketSubscribeFailed,
  socketUnsubscribe,
  type BatchCall,
  type BatchResults,
  type CallMeta,
  type CallPayload,
  type PushPayload,
  type RequestCreator,
  type RpcActions,
  type RpcCommandCreator,
  type SubscribeMeta,
  type SubscribedPayload,
  type SubscribePayload,
} from './actions.js'
export type { DataOf, Json, NameIn, ParamsOf, ResultOf, RpcContract } from './contract.js'
export {
  ethDialect,
  reduplexDialect,
  rpcWebSocketsDialect,
  type Acceptance,
  type RpcDialect,
  type ServerEnd,
  type ServerPush,
  type Topic,
} from './dialects.js'
export type { FetchLike } from './http.js'
export { jsonRpc, type JsonRpcOptions } from './jsonRpc.js'
export type { ClientMethod, ClientMethods, MethodContext } from './methods.js'
export {
  createRemote,
  type NameRule,
  type PositionalRemote,
  type Remote,
  type RemoteCall,
  type RemoteOptions,
} from './remote.js'
export {
  getRpcSelectors,
  rpcReducer,
  rpcSlice,
  selectPendingCount,
  selectSubscription,
  type RpcSelectors,
  type RpcState,
  type SubscriptionState,
  type WithRpc,
} from './rpcSlice.js'
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
