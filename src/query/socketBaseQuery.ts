import type { BaseQueryApi, BaseQueryFn } from '@reduxjs/toolkit/query'
import { sizeOf, toPlain } from '../middleware/plain.js'
import { defaultRpcActions, type RpcActions } from '../rpc/actions.js'
import type { RequestHandle, RequestOptions, RpcProblem } from '../rpc/types.js'
import { askOver, type StreamProblem } from './problems.js'

/** What an endpoint's `query` returns: a method of the server's, with params or without. */
export type SocketQueryArgs =
  | string
  | {
      /** Which function. */
      readonly method: string
      /** Its arguments: by the specification an object or an array. */
      readonly params?: unknown
    }

/** What an endpoint may say in its `extraOptions`. */
export type SocketQueryExtraOptions = Pick<RequestOptions, 'timeout' | 'idempotent' | 'whenOffline'>

/** What went wrong, as plain data: the server's code, or a word of docs/errors.md. */
export type SocketQueryError = StreamProblem

/** What comes along with an answer. */
export interface SocketQueryMeta {
  /** The name of the connection that was asked. */
  readonly socket: string
}

/** The options of {@link socketBaseQuery}. */
export interface SocketBaseQueryOptions extends Pick<RequestOptions, 'timeout' | 'whenOffline'> {
  /** The connection's RPC vocabulary. @default the default connection's */
  readonly actions?: Pick<RpcActions, 'name' | 'request'> | undefined
}

/** What the store may have of the server's problem. */
const plainProblem = ({ code, message, data }: RpcProblem): SocketQueryError => ({
  code,
  message,
  ...(data !== undefined && { data: toPlain(data, sizeOf) }),
})

/** Waits for an answer, and gives it up when RTK Query does: not by the action's own `signal`, which is no plain data. */
const settle = async (handle: RequestHandle, signal: AbortSignal) => {
  if (signal.aborted) handle.abort()
  signal.addEventListener('abort', handle.abort)
  const result = await handle
  signal.removeEventListener('abort', handle.abort)
  return result
}

/**
 * A base query for `createApi` that asks over the socket: each endpoint is a method of the server's. Errors are `{ code, message, data? }`. A query is sent
 * again when the connection is lost before its answer, a mutation ends as `disconnected`; `extraOptions.idempotent` says otherwise.
 * What JSON has no words for (Date, BigInt, bytes of another codec) is made plain before the store gets it.
 */
export const socketBaseQuery = (
  options: SocketBaseQueryOptions = {},
): BaseQueryFn<SocketQueryArgs, unknown, SocketQueryError, SocketQueryExtraOptions, SocketQueryMeta> => {
  const { actions = defaultRpcActions, timeout, whenOffline } = options
  const meta: SocketQueryMeta = { socket: actions.name }
  return async (args, { dispatch, signal, type }: BaseQueryApi, extraOptions?: SocketQueryExtraOptions) => {
    const { method, params } = typeof args === 'string' ? { method: args, params: undefined } : args
    const command = actions.request(method, params, {
      timeout,
      whenOffline,
      idempotent: type === 'query',
      ...extraOptions,
    })
    const asked = askOver(dispatch, command, actions.name)
    if (asked.problem) return { error: asked.problem, meta }
    const { data, error } = await settle(asked.returned, signal)
    return error ? { error: plainProblem(error), meta } : { data: toPlain(data, sizeOf) ?? null, meta }
  }
}
