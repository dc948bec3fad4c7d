import { createAction } from '@reduxjs/toolkit'
import type { Command } from '../actions/command.js'
import type { SendResult } from '../actions/commands.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import { DEFAULT_NAME, prefixOf, withMatch } from '../actions/creators.js'
import { createEvent, type SocketEventCreator } from '../actions/events.js'
import { codedError, show } from '../internal/errors.js'
import type { Delivery, SendOptions } from '../connection/types.js'
import type { DataOf, NameIn, ParamsOf, ResultOf, RpcContract } from './contract.js'
import { checkRequestOptions } from './requests.js'
import type { RequestHandle, RequestOptions, RpcProblem, SubscribeOptions } from './types.js'

/** What a request or a notification asks for. */
export interface CallPayload {
  /** The server's function. */
  readonly method: string
  /** What it is given: by the specification an object or an array. */
  readonly params?: unknown
}

/** What a subscription asks for. */
export interface SubscribePayload {
  /** The channel's name. */
  readonly channel: string
  /** What is given along. */
  readonly params?: unknown
}

/** What a channel pushed. */
export interface PushPayload<Channel extends string = string, Data = unknown> {
  /** Whose it is: what `dispatch(socketSubscribe(…))` returned; `null` when the server pushes unasked. */
  readonly id: string | null
  /** The channel's name. */
  readonly channel: Channel
  /** What was pushed, plain. */
  readonly data: Data
}

/** That the server knows of subscriptions. */
export interface SubscribedPayload {
  /** Which. */
  readonly ids: readonly string[]
  /**
   * Whether nothing was missed. `false` when they had been active before the connection was lost, and the server did not say that it makes up for
   * what it pushed since: then fetch anew what they keep up to date.
   */
  readonly recovered: boolean
}

/** What reducers see beside a call: its options, without the signal, and what became of it. */
export interface CallMeta extends Omit<RequestOptions, 'signal'> {
  /** Where the reducers see it. */
  readonly delivery?: Delivery['delivery']
}

/** What reducers see beside a subscription: its options, without the functions. */
export interface SubscribeMeta extends Pick<SubscribeOptions, 'shared'> {
  /** What `dispatch` returned. */
  readonly id?: string
}

/** The creator of a command of RPC. `match` also looks at the connection's name. */
export interface RpcCommandCreator<Payload, Returned, Meta> {
  /** The type of what it creates; for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this command, of this connection. */
  readonly match: (action: unknown) => action is Command<Payload, Returned, Meta>
}

/** Creates a request: `dispatch` returns a {@link RequestHandle}, a promise of `{ data }` or `{ error }` that never rejects. */
export interface RequestCreator<Methods> extends RpcCommandCreator<CallPayload, RequestHandle, CallMeta> {
  /** By a name of the contract. */
  <Method extends keyof Methods & string>(
    method: Method,
    ...rest: readonly [...ParamsOf<Methods[Method]>, options?: RequestOptions]
  ): Command<CallPayload, RequestHandle<ResultOf<Methods[Method]>>, CallMeta>
  /** Where nothing is known of the functions; what comes back is a promise of the app's, not checked. */
  <Data = unknown>(
    method: keyof Methods extends never ? string : never,
    params?: unknown,
    options?: RequestOptions,
  ): Command<CallPayload, RequestHandle<Data>, CallMeta>
}

/** What may stand in a batch: a request or a notification. */
export type BatchCall = Command<CallPayload, RequestHandle | SendResult>

/** What `dispatch` returns of a batch: of each call what its own dispatch would, in their order. */
export type BatchResults<Calls extends readonly BatchCall[]> = {
  -readonly [Index in keyof Calls]: Calls[Index] extends Command<CallPayload, infer Returned> ? Returned : never
}

/** What is pushed by any of the channels. */
type AnyPush<Channels> = keyof Channels extends never
  ? PushPayload
  : { [Channel in keyof Channels & string]: PushPayload<Channel, DataOf<Channels, Channel>> }[keyof Channels & string]

/** What RPC adds to the vocabulary of a connection. */
export interface RpcActions<C extends RpcContract = RpcContract> {
  /** The connection's name. */
  readonly name: string
  /** Asks the server, and waits for its answer. */
  readonly request: RequestCreator<C['methods']>
  /** Tells the server, and waits for nothing. `dispatch` returns as for `socketSend`. */
  readonly notify: RpcCommandCreator<CallPayload, SendResult, SendOptions> &
    ((
      method: NameIn<C['methods']>,
      params?: unknown,
      options?: SendOptions,
    ) => Command<CallPayload, SendResult, SendOptions>)
  /**
   * Sends requests and notifications as one message, a batch of JSON-RPC 2.0. `dispatch` returns a list of what each would have returned. The calls' own
   * options hold, but for `whenOffline` and `ttl`, which are the batch's.
   */
  readonly batch: RpcCommandCreator<readonly CallPayload[], unknown, SendOptions> &
    (<const Calls extends readonly BatchCall[]>(
      calls: Calls,
      options?: SendOptions,
    ) => Command<readonly CallPayload[], BatchResults<Calls>, SendOptions>)
  /**
   * Subscribes to a channel, now and on every connection to come, until it is unsubscribed. `dispatch` returns the subscription's id at once. What is
   * pushed comes as `push` with that id, unless an `observer` hears it.
   */
  readonly subscribe: RpcCommandCreator<SubscribePayload, string, SubscribeMeta> &
    ((
      channel: NameIn<C['channels']>,
      params?: unknown,
      options?: SubscribeOptions,
    ) => Command<SubscribePayload, string, SubscribeMeta>)
  /** Ends that one subscription; an unknown id is none. */
  readonly unsubscribe: RpcCommandCreator<string, void, object> & ((id: string) => Command<string, void>)
  /** The server pushed something. */
  readonly push: SocketEventCreator<AnyPush<C['channels']>>
  /** The server knows of these subscriptions now. */
  readonly subscribed: SocketEventCreator<SubscribedPayload>
  /** The server refused these subscriptions, or ended them; they are not asked for again. */
  readonly subscribeFailed: SocketEventCreator<{ readonly ids: readonly string[]; readonly error: RpcProblem }>
  /** How many requests wait for an answer, told at most once a frame. */
  readonly requestsChanged: SocketEventCreator<{ readonly pending: number }>
  /** The same set, typed by a {@link RpcContract}. */
  readonly withTypes: <Typed extends RpcContract>() => RpcActions<Typed>
}

const checkedName = (verb: string, what: string, name: unknown): string => {
  if (typeof name === 'string') return name
  throw codedError('invalid_option', `${verb}: expected the name of a ${what}, got ${show(name)}.`)
}

/** Creates the RPC vocabulary of a connection: of the set that `createSocketActions` made, or of its name. */
export const createRpcActions = ({ name }: Pick<SocketActions, 'name'>): RpcActions => {
  const prefix = prefixOf(name)
  const socket = name
  const callOf = (verb: string, method: unknown, params: unknown, options?: object) => ({
    payload: { method: checkedName(verb, 'method', method), ...(params !== undefined && { params }) },
    meta: { ...options, socket },
  })
  const request = createAction(
    `${prefix}/request`,
    (method: unknown, params?: unknown, options: RequestOptions = {}) => {
      checkRequestOptions('request', options)
      return callOf('request', method, params, options)
    },
  )
  const notify = createAction(`${prefix}/notify`, (method: unknown, params?: unknown, options?: SendOptions) =>
    callOf('notify', method, params, options),
  )
  const event = <Payload>(type: string) => createEvent<Payload>(name, type)
  const commands = {
    request,
    notify,
    batch: createAction(`${prefix}/batch`, (calls: readonly BatchCall[], options?: SendOptions) => {
      const other = calls.find((call) => !request.match(call) && !notify.match(call))
      if (other) {
        throw codedError(
          'invalid_option',
          `batch: expected requests and notifications of this connection, got ${show(other.type)}.`,
        )
      }
      return { payload: calls.map(({ payload }) => payload), meta: { ...options, calls, socket } }
    }),
    subscribe: createAction(`${prefix}/subscribe`, (channel: unknown, params?: unknown, options?: object) => ({
      payload: { channel: checkedName('subscribe', 'channel', channel), ...(params !== undefined && { params }) },
      meta: { ...options, socket },
    })),
    unsubscribe: createAction(`${prefix}/unsubscribe`, (payload: string) => ({ payload, meta: { socket } })),
  }
  for (const command of Object.values(commands)) withMatch(name, command.type, command as never)
  const actions: unknown = {
    name,
    ...commands,
    push: event('push'),
    subscribed: event('subscribed'),
    subscribeFailed: event('subscribeFailed'),
    requestsChanged: event('requestsChanged'),
    withTypes: () => actions,
  }
  return actions as RpcActions
}

/** The RPC vocabulary of the default connection, whole. */
export const defaultRpcActions = /* @__PURE__ */ createRpcActions({ name: DEFAULT_NAME })

/** Asks the server: `dispatch` returns a promise of `{ data }` or `{ error }`, with `unwrap()` and `abort()`. */
export const socketRequest = defaultRpcActions.request

/** Tells the server without an answer: `dispatch` returns `{ id, delivery, reason? }`. */
export const socketNotify = defaultRpcActions.notify

/** Sends several requests and notifications as one message: `dispatch` returns a list of what each would return. */
export const socketBatch = defaultRpcActions.batch

/** Subscribes to a channel across reconnects: `dispatch` returns the subscription's id. */
export const socketSubscribe = defaultRpcActions.subscribe

/** Ends a subscription by its id. */
export const socketUnsubscribe = defaultRpcActions.unsubscribe

/** A channel pushed: `{ id, channel, data }`. */
export const socketPush = defaultRpcActions.push

/** The server knows of subscriptions now: `{ ids, recovered }`. */
export const socketSubscribed = defaultRpcActions.subscribed

/** The server refused or ended subscriptions: `{ ids, error }`. */
export const socketSubscribeFailed = defaultRpcActions.subscribeFailed

/** How many requests wait: `{ pending }`, at most once a frame. */
export const socketRequestsChanged = defaultRpcActions.requestsChanged
