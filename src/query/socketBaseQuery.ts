import type { BaseQueryApi, BaseQueryFn } from '@reduxjs/toolkit/query'
import { DEFAULT_NAME } from '../actions/creators.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import { problemOf, show } from '../internal/errors.js'
import { sizeOf } from '../middleware/binarySize.js'
import type { RunCommand } from '../rpc/command.js'
import { failure } from '../rpc/failures.js'
import { runRequest, socketRequest } from '../rpc/requestCommands.js'
import { rpcOf } from '../rpc/rpc.js'
import type { RpcActions } from '../rpc/rpcActions.js'
import type { RequestOptions, RequestResult } from '../rpc/types.js'
import { dispatchCommand, type StreamProblem } from './problems.js'

/** What an endpoint's `query` returns: the name of a method of the server, with or without params. */
export type SocketQueryArgs =
  | string
  | {
      /** The name of the method. */
      readonly method: string
      /** Its params: by the specification an object or an array. */
      readonly params?: unknown
    }

/** The options that an endpoint may have in its `extraOptions`. */
export interface SocketQueryExtraOptions extends Pick<RequestOptions, 'timeout' | 'idempotent' | 'whenOffline'> {
  /**
   * Whether the method answers `{ data, at }`: the data, and its position in a channel with history. The endpoint's data is then `data`; `streamUpdates` goes on
   * after `at`, so that its `apply` gets each push once. Not for infinite queries. @default false
   */
  readonly position?: boolean | undefined
}

/** What went wrong, as plain data: the server's code, or a code of docs/errors.md. */
export type SocketQueryError = StreamProblem

/** What a result carries beside its data. */
export interface SocketQueryMeta {
  /** The name of the connection. */
  readonly socket: string
  /** The position of the data in a channel with history: of an endpoint with the option `position`. */
  readonly at?: ChannelPosition | undefined
}

/** The options of {@link socketBaseQuery}. */
export interface SocketBaseQueryOptions extends Pick<RequestOptions, 'timeout' | 'whenOffline'> {
  /** The RPC actions of the connection. @default those of the default connection */
  readonly actions?: Pick<RpcActions, 'name' | 'request'> | undefined
}

/** Carries out a request as `socketRequest` does. The result goes to the store, so it is converted to plain data. */
const runPlainRequest = (...[context, command, next]: Parameters<RunCommand>): Promise<RequestResult<unknown>> => {
  const { pipeline } = rpcOf(context, command)
  return runRequest(context, command, next).then((result) => {
    try {
      return pipeline.toPlain(result, sizeOf) as RequestResult<unknown>
    } catch (error) {
      return { error: problemOf(error, 'callback_failed') }
    }
  })
}

/**
 * A base query for `createApi` that asks over the socket: each endpoint is a method of the server. Errors are `{ code, message, data? }`. When the connection is
 * lost before the reply, a query is sent again and a mutation ends as `disconnected`; `extraOptions.idempotent` overrides that. Values that JSON does not have
 * (a Date, a BigInt, bytes of another codec) are converted to plain data before the store gets them. See docs/rtk-query.md.
 */
export const socketBaseQuery = (
  options: SocketBaseQueryOptions = {},
): BaseQueryFn<SocketQueryArgs, unknown, SocketQueryError, SocketQueryExtraOptions, SocketQueryMeta> => {
  const { actions, timeout, whenOffline } = options
  const { name, request } = actions ?? { name: DEFAULT_NAME, request: socketRequest }
  const meta: SocketQueryMeta = { socket: name }
  return async (args, { dispatch, signal, type }: BaseQueryApi, extraOptions?: SocketQueryExtraOptions) => {
    const { position, ...requestOptions } = extraOptions ?? {}
    const { method, params }: { method: string; params?: unknown } = typeof args === 'string' ? { method: args } : args
    const command = request(method, params, {
      timeout,
      whenOffline,
      idempotent: type === 'query',
      ...requestOptions,
      signal,
    })
    const { problem, returned } = dispatchCommand<Promise<RequestResult<unknown>>>(dispatch, {
      ...command,
      meta: { ...command.meta, run: runPlainRequest },
    } as never)
    if (problem) return { error: problem, meta }
    const { data, error } = await returned
    if (error) return { error, meta }
    if (!position) return { data: data ?? null, meta }
    const answer = Object(data) as { readonly data?: unknown; readonly at?: ChannelPosition }
    return answer.at
      ? { data: answer.data ?? null, meta: { ...meta, at: answer.at } }
      : { error: failure('invalid_reply', __DEV__ ? `Expected { data, at }, got ${show(data)}.` : ''), meta }
  }
}
