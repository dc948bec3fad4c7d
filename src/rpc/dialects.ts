import type { ChannelPosition } from '../internal/channelPosition.js'
import { isId, type Members, type RpcCall, type RpcId } from '../internal/jsonRpc.js'

/** A channel that has several parts instead of one name: `['trades', 'BTC']`. In the store its name is the JSON text. */
export type ChannelPath = readonly RpcId[]

/** A channel and the params of a subscription. */
export interface Topic {
  /** The channel's name or parts, as the app gave them. */
  readonly channel: string | ChannelPath
  /** The params that the app gave; `undefined` for none. */
  readonly params: unknown
  /** Where the subscription goes on, in a channel with history; `undefined` for one that begins now. */
  readonly since?: ChannelPosition | undefined
}

/** A push of the server. */
export interface ServerPush {
  /** Names the subscription: the server's id of it or, with `isShared`, the channel. `undefined` when the push names none. */
  readonly key: RpcId | ChannelPath | undefined
  /** The channel, when the push names it. */
  readonly channel?: string | ChannelPath | undefined
  /** The pushed value. */
  readonly data: unknown
  /** The number of the push, in a channel with history: one that is not greater than the last is dropped, and a gap counts as missed pushes. */
  readonly offset?: number | undefined
}

/** Where a subscription goes on after pushes that it has missed. */
export interface ServerMissed {
  /** The key that its pushes carry. */
  readonly key: RpcId | ChannelPath
  /** The position before its next push. */
  readonly at: ChannelPosition
}

/** What a server replied when it accepted a subscription. */
export interface Acceptance {
  /** The key that its pushes carry (see {@link ServerPush}). */
  readonly key: RpcId | ChannelPath
  /** Whether the server delivers what was pushed while the connection was lost. @default false */
  readonly recovered?: boolean | undefined
  /** The position after which pushes follow, in a channel with history. It is passed as `since` when the subscription is made again. @default none */
  readonly at?: ChannelPosition | undefined
  /** The data of pushes that came with the reply, the oldest first. They are delivered as pushes. @default none */
  readonly pushes?: readonly unknown[] | undefined
}

/** The end of a subscription that the server decided. */
export interface ServerEnd {
  /** The key that its pushes carried. */
  readonly key: RpcId | ChannelPath
  /** The reason, in the form of the `error` of a reply. */
  readonly error: unknown
}

/**
 * How a server words what JSON-RPC 2.0 leaves open: subscriptions, pushes, cancelling. All functions must be pure. What one throws is reported as a
 * `socketError` (`callback_failed`) and fails only what it was called for.
 */
export interface RpcDialect {
  /** Whether messages carry `"jsonrpc": "2.0"`. With `false` it is not sent, and messages without it are accepted. @default true */
  readonly version?: boolean
  /** The notification that asks the server to cancel a request. @default none: the server is not asked */
  readonly cancel?: (id: RpcId) => RpcCall<RpcId>
  /** The request that subscribes. @default none: `socketSubscribe` fails with `unsupported` */
  readonly subscribe?: (topic: Topic) => Pick<RpcCall<RpcId>, 'method' | 'params'>
  /**
   * Reads the reply to `subscribe`: the key that pushes carry (see {@link ServerPush}), or an {@link Acceptance}, which also says whether pushes were missed,
   * and may hand over pushes. `id` is the number of the request, for servers whose pushes carry it. Throws when the reply means that the server refused.
   * @default the channel
   */
  readonly subscribed?: (result: unknown, topic: Topic, id: number) => RpcId | ChannelPath | Acceptance
  /** The request that ends a subscription; `key` is what `subscribed` returned, or its JSON text if that was an array. @default none: the server is not asked */
  readonly unsubscribe?: (key: RpcId, topic: Topic) => Pick<RpcCall<RpcId>, 'method' | 'params'>
  /**
   * Reads a push out of any message; `undefined` when the message is not a push. It is also asked of a reply whose request has been answered before, for
   * servers that push as further replies to the request that subscribed. @default no message is a push
   */
  readonly push?: (message: Readonly<Record<string, unknown>>) => ServerPush | undefined
  /** Reads the end of a subscription out of a notification; `undefined` for other notifications. The subscription then fails. @default none */
  readonly ended?: (message: Readonly<Record<string, unknown>>) => ServerEnd | undefined
  /**
   * Whether a notification says that pushes were missed: `true` for all subscriptions of the connection that have no position, or which one and where it goes
   * on. They then report `recovered: false`. @default none does
   */
  readonly missed?: (message: Readonly<Record<string, unknown>>) => boolean | ServerMissed
  /**
   * Whether pushes name the channel instead of the subscription. Then the server has one subscription for each channel, with the params of the first, and
   * all subscriptions to the channel share it. @default false
   */
  readonly isShared?: boolean
  /** Whether the server answers in chunks as docs/protocol.md describes, for `socketRequestStream`. @default false */
  readonly hasStreams?: boolean
}

const notAnId = (): Error => new TypeError(__DEV__ ? 'Expected the reply to be the id of the subscription.' : '')

const idFrom = (result: unknown): RpcId => {
  if (isId(result)) return result
  throw notAnId()
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {})

const positionIn = (value: unknown): ChannelPosition | undefined => {
  const { epoch, offset } = membersOf(value)
  return epoch === undefined ? undefined : ({ epoch, offset } as ChannelPosition)
}

/**
 * The dialect of `reduplex/server`: `subscribe` with `{ channel, params, since }` is answered with the subscription's id (or `{ id, recovered, epoch, offset }`), `$/push`
 * carries `{ id, channel, data, offset }`, `unsubscribe` takes `{ id }`, `$/ended` carries `{ id, error }`, `$/missed` says that pushes were missed, and `$/cancelRequest` cancels, as in the
 * Language Server Protocol.
 */
export const reduplexDialect: RpcDialect = {
  hasStreams: true,
  cancel: (id) => ({ method: '$/cancelRequest', params: { id } }),
  subscribe: ({ channel, params, since }) => ({
    method: 'subscribe',
    params: { channel, ...(params !== undefined && { params }), ...(since && { since }) },
  }),
  subscribed: (result) => {
    const { id, recovered } = membersOf(result)
    return isId(id) ? { key: id, recovered: recovered === true, at: positionIn(result) } : idFrom(result)
  },
  unsubscribe: (id) => ({ method: 'unsubscribe', params: { id } }),
  ended: ({ method, params }) => {
    const { id, error } = membersOf(params)
    return method === '$/ended' && isId(id) ? { key: id, error } : undefined
  },
  missed: ({ method, params }) => {
    if (method !== '$/missed') return false
    const { id } = membersOf(params)
    const at = positionIn(params)
    return !isId(id) || !at || { key: id, at }
  },
  push: ({ method, params }) => {
    if (method !== '$/push') return undefined
    const { id, channel, data, offset } = membersOf(params)
    return {
      key: isId(id) ? id : undefined,
      channel: typeof channel === 'string' ? channel : undefined,
      data,
      offset: offset as number | undefined,
    }
  },
}

/**
 * The dialect of Ethereum nodes: the channel is the first parameter of `eth_subscribe` and the params follow it (an array item by item); pushes are
 * `eth_subscription`.
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
    const { subscription, result } = membersOf(params)
    return { key: isId(subscription) ? subscription : undefined, data: result }
  },
}

/** The dialect of servers made with the package `rpc-websockets`: a channel is an event, and the data of a push is the list of emitted values. */
export const rpcWebSocketsDialect: RpcDialect = {
  isShared: true,
  subscribe: ({ channel }) => ({ method: 'rpc.on', params: [channel] }),
  subscribed: (result, { channel }) => {
    const outcome = membersOf(result)[String(channel)]
    if (outcome === 'ok') return channel
    throw typeof outcome === 'string' ? new TypeError(outcome) : notAnId()
  },
  unsubscribe: (_key, { channel }) => ({ method: 'rpc.off', params: [channel] }),
  push: ({ notification, params }) =>
    typeof notification === 'string' ? { key: notification, channel: notification, data: params } : undefined,
}
