import { show } from '../internal/errors.js'
import type { RpcDialect } from './dialects.js'
import {
  isId,
  type RequestFailure,
  type RequestResult,
  type RpcCall,
  type RpcId,
  type RpcProblem,
  type RpcReply,
} from './types.js'

/** A message that is an object. */
export type Parts = Readonly<Record<string, unknown>>

/** Whether a value has parts to look at. */
export const isObject = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The codes of JSON-RPC 2.0 that are answered to the server. */
export const rpcCodes = { invalidRequest: -32600, methodNotFound: -32601, internal: -32603, server: -32000 } as const

const hasVersion = (message: Parts, { version = true }: RpcDialect): boolean =>
  message['jsonrpc'] === '2.0' || (!version && !('jsonrpc' in message))

/** Whether it answers a request. */
export const isReply = (message: unknown, dialect: RpcDialect): message is RpcReply =>
  isObject(message) &&
  hasVersion(message, dialect) &&
  !('method' in message) &&
  ('result' in message || 'error' in message) &&
  (isId(message['id']) || message['id'] === null)

/** Whether it asks something of us, well or badly formed. */
export const isRequest = (message: unknown, dialect: RpcDialect): message is Parts =>
  isObject(message) && hasVersion(message, dialect) && 'method' in message && 'id' in message

/** The method of a notification; `undefined` for anything else. */
export const notificationOf = (message: unknown, dialect: RpcDialect): string | undefined => {
  if (!isObject(message) || !hasVersion(message, dialect) || 'id' in message) return undefined
  return typeof message['method'] === 'string' ? message['method'] : undefined
}

/** A call as it goes over the wire. */
export const toWire = ({ method, params }: RpcCall, { version = true }: RpcDialect, id?: RpcId): RpcCall => {
  // Not spread together: this is on the way of every request.
  const message: { -readonly [Key in keyof RpcCall]: RpcCall[Key] } = version ? { jsonrpc: '2.0', method } : { method }
  if (id !== undefined) message.id = id
  if (params !== undefined) message.params = params
  return message
}

/** A failure of ours as plain data. */
export const failure = (code: RequestFailure, message: string, data?: unknown): RpcProblem => ({
  code,
  message,
  ...(data !== undefined && { data }),
})

/** The server's error as one shape: by the specification an object, in the wild also a text, or one without a code. */
export const problemIn = (error: unknown): RpcProblem => {
  if (typeof error === 'string') return { code: rpcCodes.server, message: error }
  if (!isObject(error)) return { code: rpcCodes.server, message: `The server answered the error ${show(error)}.` }
  const { code, message, data } = error
  return {
    code: typeof code === 'number' ? code : rpcCodes.server,
    message: typeof message === 'string' ? message : 'The server gave no message.',
    ...(data !== undefined && { data }),
  }
}

/** What an answer says. JSON-RPC 1.0 always sends both members, one of them null. */
export const resultOf = ({ result, error }: Pick<RpcReply, 'result' | 'error'>): RequestResult<unknown> =>
  error === undefined || error === null ? { data: result } : { error: problemIn(error) }

/** A problem as what `unwrap` rejects with. */
export const toError = ({ code, message, data }: RpcProblem): Error =>
  Object.assign(new Error(message), { code, ...(data !== undefined && { data }) })
