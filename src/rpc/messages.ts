import {
  hasReplyShape,
  isId,
  isObject,
  isVersion2,
  type Members,
  type RpcCall,
  type RpcId,
  type RpcReply,
} from '../internal/jsonRpc.js'
import type { ChannelPath, RpcDialect } from './dialects.js'

/** What a channel, or the key of a push, is compared by, and its name in the store: an array's JSON text. */
export const keyOf = <Key>(key: Key | ChannelPath): Key | string =>
  typeof key === 'object' ? JSON.stringify(key) : key

const hasVersion = (message: Members, { version = true }: RpcDialect): boolean =>
  isVersion2(message) || (!version && !('jsonrpc' in message))

/** Whether a message is a reply. */
export const isReply = (message: unknown, dialect: RpcDialect): message is RpcReply =>
  isObject(message) &&
  hasVersion(message, dialect) &&
  hasReplyShape(message) &&
  (isId(message['id']) || message['id'] === null)

/** Whether a message is a request or a notification of the server, well-formed or not. */
export const isCall = (message: Members, dialect: RpcDialect): boolean =>
  hasVersion(message, dialect) && 'method' in message

/** Whether the name of a method is one: a text and, in a dialect that is not JSON-RPC 2.0, also a number. */
export const isMethod = (method: unknown, { version = true }: RpcDialect): method is RpcId =>
  version ? typeof method === 'string' : isId(method)

/** The id of a reply as the number of a request; 0 when it cannot be one. Some servers reply to a number with a text. */
export const numberOf = ({ id }: RpcReply): number => (/^[1-9]\d*$/.test(String(id)) ? Number(id) : 0)

/** A request or a notification as `toWire` creates it. */
export type WireCall = { -readonly [Key in keyof RpcCall<RpcId>]: RpcCall<RpcId>[Key] }

/** A request, or without an id a notification, as it goes over the wire. */
export const toWire = ({ method, params }: RpcCall<RpcId>, { version = true }: RpcDialect, id?: RpcId): WireCall => {
  // Not spread: every request passes here.
  const message: WireCall = version ? { jsonrpc: '2.0', method } : { method }
  if (id !== undefined) message.id = id
  if (params !== undefined) message.params = params
  return message
}
