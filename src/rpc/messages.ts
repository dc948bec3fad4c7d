import { show } from '../internal/errors.js'
import {
  hasReplyShape,
  isId,
  isObject,
  isVersion2,
  SERVER_ERROR,
  type Members,
  type RpcCall,
  type RpcId,
  type RpcReply,
} from '../internal/jsonRpc.js'
import type { RpcDialect } from './dialects.js'
import type { RequestFailure, RequestResult, RpcProblem } from './types.js'

const hasVersion = (message: Members, { version = true }: RpcDialect): boolean =>
  isVersion2(message) || (!version && !('jsonrpc' in message))

/** Whether it answers a request. */
export const isReply = (message: unknown, dialect: RpcDialect): message is RpcReply =>
  isObject(message) &&
  hasVersion(message, dialect) &&
  hasReplyShape(message) &&
  (isId(message['id']) || message['id'] === null)

/** Whether it asks something of us, well or badly formed. */
export const isRequest = (message: unknown, dialect: RpcDialect): message is Members =>
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
  if (typeof error === 'string') return { code: SERVER_ERROR, message: error }
  if (!isObject(error)) return { code: SERVER_ERROR, message: `The server answered the error ${show(error)}.` }
  const { code, message, data } = error
  return {
    code: typeof code === 'number' ? code : SERVER_ERROR,
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
