import { isId, type RpcCall, type RpcId } from '../internal/jsonRpc.js'

/** What a subscription asks for. */
export interface Topic {
  /** The channel's name. */
  readonly channel: string
  /** What was given along. */
  readonly params: unknown
}

/** Something that a server pushed. */
export interface ServerPush {
  /** What the server calls the subscription: its id or, where `isShared`, the channel. `undefined` when it says none. */
  readonly key: RpcId | undefined
  /** The channel, where the push names it. */
  readonly channel?: string | undefined
  /** What it pushed. */
  readonly data: unknown
}

/** That a server took a subscription. */
export interface Acceptance {
  /** What its pushes are told by (see {@link ServerPush}). */
  readonly key: RpcId
  /** Whether what was pushed while the connection was away has been, or will be, pushed all the same. @default false */
  readonly recovered?: boolean | undefined
}

/** That a server ended a subscription by itself. */
export interface ServerEnd {
  /** What its pushes were told by. */
  readonly key: RpcId
  /** Why: as the `error` of an answer. */
  readonly error: unknown
}

/** How a server words what JSON-RPC 2.0 leaves open: subscriptions, pushes, cancelling. All functions are pure. */
export interface RpcDialect {
  /** Whether messages carry `"jsonrpc": "2.0"`. With `false` it is not sent, and messages without it are taken. @default true */
  readonly version?: boolean
  /** The notification that tells the server to stop working on a request. @default none: the server is not told */
  readonly cancel?: (id: RpcId) => RpcCall
  /** The request that subscribes. @default none: `socketSubscribe` fails */
  readonly subscribe?: (topic: Topic) => Pick<RpcCall, 'method' | 'params'>
  /**
   * What its pushes are told by (see {@link ServerPush}), out of the answer to `subscribe`; as an {@link Acceptance} it also says whether anything was
   * missed. What it throws says that the server refused.
   */
  readonly subscribed?: (result: unknown, topic: Topic) => RpcId | Acceptance
  /** The request that ends a subscription; `key` is what `subscribed` gave. */
  readonly unsubscribe?: (key: RpcId, topic: Topic) => Pick<RpcCall, 'method' | 'params'>
  /** A push out of a message, which may be anything; `undefined` when it is none. */
  readonly push?: (message: Readonly<Record<string, unknown>>) => ServerPush | undefined
  /** The end of a subscription, by the server, out of a notification; `undefined` when it is none. It has failed then. */
  readonly ended?: (message: Readonly<Record<string, unknown>>) => ServerEnd | undefined
  /**
   * Whether pushes name the channel and not the subscription. Then there is one subscription at the server for each channel, with the first one's
   * params, and all who subscribed to the channel share it. @default false
   */
  readonly isShared?: boolean
}

const idFrom = (result: unknown): RpcId => {
  if (isId(result)) return result
  throw new TypeError('Expected the answer to be the id of the subscription.')
}

const partsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/**
 * The dialect of `reduplex/server`: `subscribe` with `{ channel, params }` answers the subscription's id (or `{ id, recovered }`), `$/push` carries
 * `{ id, channel, data }`, `unsubscribe` takes `{ id }`, `$/ended` says `{ id, error }`, and `$/cancelRequest` cancels, as in the Language Server Protocol.
 */
export const reduplexDialect: RpcDialect = {
  cancel: (id) => ({ method: '$/cancelRequest', params: { id } }),
  subscribe: ({ channel, params }) => ({
    method: 'subscribe',
    params: params === undefined ? { channel } : { channel, params },
  }),
  subscribed: (result) => {
    const { id, recovered } = partsOf(result)
    return isId(id) ? { key: id, recovered: recovered === true } : idFrom(result)
  },
  unsubscribe: (id) => ({ method: 'unsubscribe', params: { id } }),
  ended: ({ method, params }) => {
    const { id, error } = partsOf(params)
    return method === '$/ended' && isId(id) ? { key: id, error } : undefined
  },
  push: ({ method, params }) => {
    if (method !== '$/push') return undefined
    const { id, channel, data } = partsOf(params)
    return { key: isId(id) ? id : undefined, channel: typeof channel === 'string' ? channel : undefined, data }
  },
}

/**
 * The dialect of Ethereum nodes: the channel is the first parameter of `eth_subscribe`, what is given along follows it (a list item by item), and
 * pushes are `eth_subscription`.
 */
export const ethDialect: RpcDialect = {
  subscribe: ({ channel, params }) => ({
    method: 'eth_subscribe',
    params: params === undefined ? [channel] : [channel, ...([] as unknown[]).concat(params)],
  }),
  subscribed: idFrom,
  unsubscribe: (id) => ({ method: 'eth_unsubscribe', params: [id] }),
  push: ({ method, params }) => {
    if (method !== 'eth_subscription') return undefined
    const { subscription, result } = partsOf(params)
    return { key: isId(subscription) ? subscription : undefined, data: result }
  },
}

/** The dialect of servers made with the package `rpc-websockets`: channels are its events; the data of a push is the list of what was emitted. */
export const rpcWebSocketsDialect: RpcDialect = {
  isShared: true,
  subscribe: ({ channel }) => ({ method: 'rpc.on', params: [channel] }),
  subscribed: (result, { channel }) => {
    const said = partsOf(result)[channel]
    if (said === 'ok') return channel
    throw new TypeError(typeof said === 'string' ? said : 'Expected the answer to say "ok".')
  },
  unsubscribe: (_key, { channel }) => ({ method: 'rpc.off', params: [channel] }),
  push: ({ notification, params }) =>
    typeof notification === 'string' ? { key: notification, channel: notification, data: params } : undefined,
}
