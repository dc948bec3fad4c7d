import { codedError, show } from './errors.js'

// What the client and the server both need of JSON-RPC 2.0. The error codes are listed in docs/protocol.md.

/** The id of a request; its reply carries the same one. */
export type RpcId = string | number

/** Whether a value can be the id of a request. */
export const isId = (value: unknown): value is RpcId => typeof value === 'string' || typeof value === 'number'

/** A request, or without an id a notification, as it goes over the wire. */
export interface RpcCall<Method extends RpcId = string> {
  /** Left out by dialects that do without it. */
  readonly jsonrpc?: '2.0'
  /** Set in a request, missing in a notification. */
  readonly id?: RpcId
  /** The name of the function. A dialect may number its functions. */
  readonly method: Method
  /** The arguments: an object or an array, by the specification. */
  readonly params?: unknown
  /** Asks for a reply in chunks, `{ window }` (docs/protocol.md). Not part of JSON-RPC 2.0. */
  readonly stream?: unknown
}

/** A reply, as it goes over the wire. */
export interface RpcReply {
  /** Left out by dialects that do without it. */
  readonly jsonrpc?: '2.0'
  /** The id of the request; `null` when the receiver could not read it. */
  readonly id: RpcId | null
  /** What the function returned. */
  readonly result?: unknown
  /** What went wrong: an {@link RpcErrorObject}, by the specification. */
  readonly error?: unknown
}

/** The error object of a reply (JSON-RPC 2.0 section 5.1). */
export interface RpcErrorObject {
  /** An integer. */
  readonly code: number
  /** One sentence. */
  readonly message: string
  /** Anything that the codec can encode. */
  readonly data?: unknown
}

/** The `result` of a reply. @throws `encode_failed` for a function or a symbol: `JSON.stringify` would leave the member out of the reply */
export const toResult = (returned: unknown): unknown => {
  if (typeof returned === 'function' || typeof returned === 'symbol') {
    throw codedError(
      'encode_failed',
      __DEV__ ? `Expected a result that can be sent, got ${show(returned)}: return plain data.` : '',
    )
  }
  return returned ?? null
}

/** The members of a message that is an object. */
export type Members = Readonly<Record<string, unknown>>

/** Whether a message is an object, and not an array. */
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a message says that it is JSON-RPC 2.0. */
export const isVersion2 = (message: Members): boolean => message['jsonrpc'] === '2.0'

/** Whether a message has the members of a reply. Its version and its id are not checked. */
export const hasReplyShape = (message: Members): boolean =>
  !('method' in message) && ('result' in message || 'error' in message)

/** The frame cannot be decoded. */
export const PARSE_ERROR = -32700
/** The message is not a valid request. */
export const INVALID_REQUEST = -32600
/** There is no method of that name. */
export const METHOD_NOT_FOUND = -32601
/** The method does not take these params. */
export const INVALID_PARAMS = -32602
/** The method failed; the details stay private. */
export const INTERNAL_ERROR = -32603
/** An error that came without a code. */
export const SERVER_ERROR = -32000
/** Subscribing to the channel is not allowed. */
export const FORBIDDEN = -32003
/** The server is closing. */
export const SERVER_CLOSING = -32012
/** The sender exceeds the rate limit. */
export const RATE_LIMITED = -32029
/** The connection has too many requests or subscriptions at once. */
export const TOO_MANY = -32030
/** The sender cancelled the request; the code is that of the Language Server Protocol. */
export const REQUEST_CANCELLED = -32800
