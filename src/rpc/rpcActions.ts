import type { Command } from '../actions/command.js'
import type { SocketEventCreator } from '../actions/events.js'
import type { Delivery, SendOptions, SendResult } from '../connection/types.js'
import type { RpcId } from '../internal/jsonRpc.js'
import type {
  ChannelParamsOf,
  ChannelsOf,
  DataOf,
  IsStreaming,
  MethodsOf,
  NameIn,
  ParamsOf,
  ResultOf,
  RpcContract,
} from './contract.js'
import type { ChannelPath } from './dialects.js'
import type { RequestHandle, RequestOptions, RpcProblem, SubscribeOptions } from './types.js'

/** The payload of a request or a notification. */
export interface CallPayload {
  /** The name of the server's function; a number for servers that number their functions. */
  readonly method: RpcId
  /** The params: by the specification an object or an array. */
  readonly params?: unknown
}

/** The payload of `subscribe`. */
export interface SubscribePayload {
  /** The channel's name; for a channel of several parts their JSON text. */
  readonly channel: string
  /** The params. */
  readonly params?: unknown
}

/** The payload of `push`. */
export interface PushPayload<Channel extends string = string, Data = unknown> {
  /** The id that `dispatch(socketSubscribe(…))` returned; `null` when no subscription asked for the push. */
  readonly id: string | null
  /** The channel's name; for a channel of several parts their JSON text. */
  readonly channel: Channel
  /** The pushed value, as plain data. */
  readonly data: Data
}

/** The payload of `subscribed`. */
export interface SubscribedPayload {
  /** The ids of the subscriptions. */
  readonly ids: readonly string[]
  /**
   * Whether no push was missed. `false` when the subscriptions had been active before the connection was lost, and the server did not say that it delivers
   * what it pushed since: fetch again what they keep up to date.
   */
  readonly recovered: boolean
}

/** The payload of `subscribeFailed`. */
export interface SubscribeFailedPayload {
  /** The ids of the subscriptions. */
  readonly ids: readonly string[]
  /** Why. */
  readonly error: RpcProblem
}

/** The `meta` of a request or a notification, as reducers get it: its options without the signal, and the result. */
export interface CallMeta extends Omit<RequestOptions, 'signal'> {
  /** Set once the middleware has carried it out. */
  readonly delivery?: Delivery['delivery']
}

/** The `meta` of `subscribe`, as reducers get it: its options without the functions. */
export interface SubscribeMeta extends Pick<SubscribeOptions, 'shared'> {
  /** The id that `dispatch` returned. */
  readonly id?: string
}

/** The creator of a command of RPC. `match` also compares the connection's name. */
export interface RpcCommandCreator<Payload, Returned, Meta> {
  /** The type of what it creates, for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this command, of this connection. */
  readonly match: (action: unknown) => action is Command<Payload, Returned, Meta>
}

/** A method of the contract; without one also a number. */
type MethodIn<Methods> = [keyof Methods] extends [never] ? RpcId : NameIn<Methods>

/** A channel of the contract; without one also several parts. */
type ChannelIn<Channels> = [keyof Channels] extends [never] ? string | ChannelPath : NameIn<Channels>

/** The names of the functions that answer with one result. `requestStream` takes the others. */
type RequestNames<Methods> = {
  [Name in keyof Methods & string]: IsStreaming<Methods[Name]> extends true ? never : Name
}[keyof Methods & string]

/** Creates a request: `dispatch` returns a {@link RequestHandle}, a promise of `{ data }` or `{ error }` that never rejects. */
export interface RequestCreator<Methods> extends RpcCommandCreator<CallPayload, RequestHandle, CallMeta> {
  /** Any method, without a contract. The type of the data is not checked. */
  <Data = unknown>(
    method: keyof Methods extends never ? RpcId : never,
    params?: unknown,
    options?: RequestOptions,
  ): Command<CallPayload, RequestHandle<Data>, CallMeta>
  /** A method of the contract. It is the last overload, because the compiler explains why the last one does not match. */
  <Method extends RequestNames<Methods>>(
    method: Method,
    ...rest: readonly [...ParamsOf<Methods[Method]>, options?: RequestOptions]
  ): Command<CallPayload, RequestHandle<ResultOf<Methods[Method]>>, CallMeta>
}

/** A request or a notification, for a batch. */
export type BatchCall = Command<CallPayload, RequestHandle | SendResult>

/** What `dispatch` returns for a batch: for each call what its own dispatch returns, in the same order. */
export type BatchResults<Calls extends readonly BatchCall[]> = {
  -readonly [Index in keyof Calls]: Calls[Index] extends Command<CallPayload, infer Returned> ? Returned : never
}

/** The pushes of all channels. */
type AnyPush<Channels> = keyof Channels extends never
  ? PushPayload
  : { [Channel in keyof Channels & string]: PushPayload<Channel, DataOf<Channels, Channel>> }[keyof Channels & string]

/** The actions of JSON-RPC on one connection. */
export interface RpcActions<C extends RpcContract = RpcContract> {
  /** The connection's name. */
  readonly name: string
  /** Sends a request and waits for the reply. */
  readonly request: RequestCreator<MethodsOf<C>>
  /** Sends a notification, which has no reply. `dispatch` returns what it returns for `socketSend`. */
  readonly notify: RpcCommandCreator<CallPayload, SendResult, SendOptions> &
    (<Method extends MethodIn<MethodsOf<C>>>(
      method: Method,
      ...rest: readonly [...ParamsOf<DataOf<MethodsOf<C>, Method>>, options?: SendOptions]
    ) => Command<CallPayload, SendResult, SendOptions>)
  /**
   * Sends requests and notifications as one message, a batch of JSON-RPC 2.0. `dispatch` returns a list of what each one alone would return. `whenOffline`
   * and `ttl` are those of the batch; the other options are those of each call.
   */
  readonly batch: RpcCommandCreator<readonly CallPayload[], unknown, SendOptions> &
    (<const Calls extends readonly BatchCall[]>(
      calls: Calls,
      options?: SendOptions,
    ) => Command<readonly CallPayload[], BatchResults<Calls>, SendOptions>)
  /**
   * Subscribes to a channel, on this connection and on every later one, until it is unsubscribed. `dispatch` returns the subscription's id at once.
   * Pushes are dispatched as `push` with that id, unless there is an `observer`.
   */
  readonly subscribe: RpcCommandCreator<SubscribePayload, string, SubscribeMeta> &
    (<Channel extends ChannelIn<ChannelsOf<C>>>(
      channel: Channel,
      ...rest: readonly [...ChannelParamsOf<C, Channel>, options?: SubscribeOptions]
    ) => Command<SubscribePayload, string, SubscribeMeta>)
  /** Ends the subscription with that id. Unknown ids are ignored. */
  readonly unsubscribe: RpcCommandCreator<string, void, object> & ((id: string) => Command<string, void>)
  /** The server pushed something. */
  readonly push: SocketEventCreator<AnyPush<ChannelsOf<C>>>
  /** The server accepted subscriptions. */
  readonly subscribed: SocketEventCreator<SubscribedPayload>
  /** The server refused or ended subscriptions. It is not asked again. Those that it refused for now (−32012, −32029, −32030) stay `pending` instead. */
  readonly subscribeFailed: SocketEventCreator<SubscribeFailedPayload>
  /** The same actions, typed by a {@link RpcContract}. */
  readonly withTypes: <Typed extends RpcContract>() => RpcActions<Typed>
}
