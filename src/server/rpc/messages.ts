import { RpcError } from './RpcError.js'

/** What tells an answer's request. */
export type RpcId = string | number

/** A request, or without an id a notification. */
export interface RpcCall {
  readonly jsonrpc: '2.0'
  readonly id?: RpcId
  readonly method: string
  readonly params?: unknown
}

/** An answer. `id` is null where the request's could not be read. */
export type RpcReply =
  | { readonly jsonrpc: '2.0'; readonly id: RpcId | null; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RpcId | null; readonly error: RpcErrorObject }

/** The error object of JSON-RPC 2.0 section 5.1. */
export interface RpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** The codes that this server answers with. */
export const rpcCodes = Object.freeze({
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** More messages than the rate allows. */
  rateLimited: -32029,
  /** More requests or subscriptions at once than one connection may have. */
  tooMany: -32030,
  /** `authorizeChannel` said no. */
  forbidden: -32003,
  /** The server is closing. */
  closing: -32012,
  /** Cancelled by `$/cancelRequest`, as the Language Server Protocol has it. */
  cancelled: -32800,
})

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isVersion2 = (value: unknown): boolean => isObject(value) && value['jsonrpc'] === '2.0'

/** Whether a decoded message is JSON-RPC 2.0: all others are the app's own. */
export const isRpc = (message: unknown): boolean =>
  Array.isArray(message) ? message.some(isVersion2) : isVersion2(message)

/** Whether it answers a request of ours. */
export const isReply = (message: unknown): message is RpcReply =>
  isObject(message) && isVersion2(message) && !('method' in message) && ('result' in message || 'error' in message)

/** The id, if it is one. */
export const idOf = (message: unknown): RpcId | undefined => {
  const id = isObject(message) ? message['id'] : undefined
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/** Whether it is a request or a notification, and well formed. */
export const isCall = (message: unknown): message is RpcCall =>
  isObject(message) &&
  isVersion2(message) &&
  typeof message['method'] === 'string' &&
  (!('id' in message) || idOf(message) !== undefined)

/** An answer that says no. */
export const errorReply = (id: RpcId | undefined, code: number, message: string, data?: unknown): RpcReply => ({
  jsonrpc: '2.0',
  id: id ?? null,
  error: data === undefined ? { code, message } : { code, message, data },
})

/** The error of an answer as something to throw. Whatever the peer put there, it becomes an error. */
export const toRpcError = (error: unknown): RpcError => {
  const { code, message, data } = (isObject(error) ? error : {}) as Partial<RpcErrorObject>
  return new RpcError(
    typeof code === 'number' ? code : rpcCodes.internal,
    typeof message === 'string' ? message : 'The peer answered with an error that is none.',
    data,
  )
}
