import type { DropReason } from '../connection/types.js'
import { defaultBackoff } from '../connection/backoff.js'
import { said, show } from '../internal/errors.js'
import {
  isId,
  isObject,
  RATE_LIMITED,
  SERVER_CLOSING,
  SERVER_ERROR,
  TOO_MANY,
  type RpcReply,
} from '../internal/jsonRpc.js'
import type { RequestFailure, RequestResult, RpcProblem } from './types.js'

const problemWith = (code: RpcProblem['code'], message: string, data: unknown): RpcProblem => ({
  code,
  message,
  ...(data !== undefined && { data }),
})

/** A failure of the library as plain data. */
export const failure = (code: RequestFailure, message: string, data?: unknown): RpcProblem =>
  problemWith(code, message || said(code), data)

/** The failure of a request that was dropped before it was sent. */
export const droppedFailure = (reason: Exclude<DropReason, 'indeterminate'>, detail: string = reason): RpcProblem =>
  failure(reason, __DEV__ ? `The request was dropped before it was sent: ${detail}.` : '')

/** How a request ends without a reply. */
export const requestErrors = {
  aborted: (): RpcProblem => failure('request_aborted', __DEV__ ? 'The request was aborted.' : ''),
  disconnected: (): RpcProblem =>
    failure('disconnected', __DEV__ ? 'The connection was lost before the reply arrived.' : ''),
  timeout: (timeout: number): RpcProblem =>
    failure('request_timeout', __DEV__ ? `No reply arrived within ${timeout} ms ("timeout").` : ''),
}

/** The error of a reply in one shape. By the specification it is an object; some servers send a text, or leave the code out. */
export const serverProblem = (error: unknown): RpcProblem => {
  const { code, message, data } = isObject(error) ? error : { message: error }
  const unnamed = __DEV__ ? `The server gave no message: ${show(error)}.` : show(error)
  return problemWith(isId(code) ? code : SERVER_ERROR, typeof message === 'string' ? message : unnamed, data)
}

/** The result of a reply. JSON-RPC 1.0 always sends both members, one of them null. */
export const resultOf = ({ result, error }: Pick<RpcReply, 'result' | 'error'>): RequestResult<unknown> =>
  error === undefined || error === null ? { data: result } : { error: serverProblem(error) }

/** What a server replies that may accept the same request later. */
const temporary: readonly unknown[] = [SERVER_CLOSING, RATE_LIMITED, TOO_MANY]

/**
 * Milliseconds until a request may be sent again that was refused this many times in a row: `error.data.retryAfter` if the server gave it, otherwise the
 * default backoff. `undefined` when the server did not refuse it, or for good.
 */
export const retryDelayOf = ({ error }: RequestResult<unknown>, refusals: number): number | undefined => {
  if (!temporary.includes(error?.code)) return undefined
  const retryAfter = isObject(error!.data) && error!.data['retryAfter']
  if (typeof retryAfter === 'number' && retryAfter >= 0) return retryAfter
  return defaultBackoff(refusals, { random: Math.random, code: null })
}

/** What `unwrap` rejects with. */
export const toError = ({ code, message, data }: RpcProblem): Error =>
  Object.assign(new Error(message), { code, ...(data !== undefined && { data }) })
