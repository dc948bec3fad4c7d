import type { ChannelPosition } from '../../internal/channelPosition.js'
import {
  hasReplyShape,
  INTERNAL_ERROR,
  isId,
  isObject,
  isVersion2,
  type RpcCall,
  type RpcErrorObject,
  type RpcId,
  type RpcReply,
} from '../../internal/jsonRpc.js'
import type { Subscription } from '../types.js'
import { RpcError } from './RpcError.js'

const isRpcObject = (message: unknown): boolean => isObject(message) && isVersion2(message)

/** Whether a decoded message is JSON-RPC 2.0; every other message is the app's own. */
export const isRpcMessage = (message: unknown): boolean =>
  Array.isArray(message) ? message.some(isRpcObject) : isRpcObject(message)

/** Whether a message is the reply to a request of this server. */
export const isRpcReply = (message: unknown): message is RpcReply =>
  isObject(message) && isVersion2(message) && hasReplyShape(message)

/** Whether a value is an id that comes back as it was sent: JavaScript rounds larger numbers. */
const isExactId = (value: unknown): value is RpcId =>
  isId(value) && (typeof value === 'string' || Math.abs(value) <= Number.MAX_SAFE_INTEGER)

/** The id of a message; `undefined` when it has none or a malformed one. */
export const messageIdOf = (message: unknown): RpcId | undefined => {
  const id = isObject(message) ? message['id'] : undefined
  return isExactId(id) ? id : undefined
}

/** Whether a message is a well-formed request or notification. */
export const isRpcCall = (message: unknown): message is RpcCall =>
  isObject(message) &&
  isVersion2(message) &&
  typeof message['method'] === 'string' &&
  (!('id' in message) || isExactId(message['id']))

/** Creates a reply that reports an error. */
export const errorReply = (id: RpcId | undefined, code: number, message: string, data?: unknown): RpcReply => ({
  jsonrpc: '2.0',
  id: id ?? null,
  error: data === undefined ? { code, message } : { code, message, data },
})

/** Creates the reply to a request that failed for a reason that the client must not learn. */
export const internalErrorReply = (id: RpcId | undefined): RpcReply => errorReply(id, INTERNAL_ERROR, 'Internal error')

/** Creates the notification that brings data of a channel; `id` is that of the subscription, `offset` its number in a channel with history. */
export const pushNotification = (channel: string, data: unknown, id?: string, offset?: number): RpcCall => ({
  jsonrpc: '2.0',
  method: '$/push',
  params: { ...(id !== undefined && { id }), channel, data, ...(offset !== undefined && { offset }) },
})

/** The notification that pushes may be missing, for all subscriptions of a connection to channels without history. */
export const missedNotification: RpcCall = { jsonrpc: '2.0', method: '$/missed', params: { recovered: false } }

/** Creates the notification that pushes before a position are missing, for one subscription to a channel with history. */
export const missedUpTo = ({ id, channel }: Pick<Subscription, 'id' | 'channel'>, at: ChannelPosition): RpcCall => ({
  jsonrpc: '2.0',
  method: '$/missed',
  params: { id, channel, recovered: false, epoch: at.epoch, offset: at.offset },
})

/** Creates the notification that a subscription has ended without the client having asked for it. */
export const endedNotification = ({ id, channel }: Subscription, error: RpcErrorObject): RpcCall => ({
  jsonrpc: '2.0',
  method: '$/ended',
  params: { id, channel, error },
})

/** Creates an `RpcError` from the `error` of a reply, whatever the client put there. */
export const toRpcError = (error: unknown): RpcError => {
  const { code, message, data } = (isObject(error) ? error : {}) as Partial<RpcErrorObject>
  return new RpcError(
    typeof code === 'number' ? code : INTERNAL_ERROR,
    typeof message === 'string' ? message : 'The client replied with a malformed error.',
    data,
  )
}
