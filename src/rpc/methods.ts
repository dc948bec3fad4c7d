import type { Action } from '@reduxjs/toolkit'
import { messageOf } from '../internal/errors.js'
import {
  INTERNAL_ERROR,
  INVALID_REQUEST,
  isId,
  METHOD_NOT_FOUND,
  type Members,
  type RpcId,
  type RpcReply,
} from '../internal/jsonRpc.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { Rpc } from './rpc.js'

/** What a method is given beside its params. */
export interface MethodContext {
  /** Dispatches an action, after the message that is being received. */
  readonly dispatch: (action: Action) => void
  /** The store's state. */
  readonly getState: () => unknown
  /** Aborted when the server cancels the request, or when the socket is gone. */
  readonly signal: AbortSignal
}

/**
 * A function that the server may call. What it returns, or resolves with, is the reply. An Error whose `code` is an integer is replied as
 * `{ code, message, data? }`; any other is replied as −32603 without details, and reported as a `socketError`.
 */
export type ClientMethod = (params: never, context: MethodContext) => unknown

/** The functions that the server may call, by name. */
export type ClientMethods = Readonly<Record<string, ClientMethod>>

/** A reply, now or later; `undefined` for none. It never rejects. */
export type Reply = MaybePromise<RpcReply | undefined>

/** The functions that the server may call on one connection, and its requests that they are serving. */
export interface Serving {
  readonly rpc: Rpc
  readonly methods: ClientMethods
  /** A set: a server may give two requests the same id. */
  readonly running: Set<{ readonly id: RpcId; readonly abort: AbortController }>
}

/** Whether there is a function of that name. */
export const hasMethod = ({ methods }: Serving, name: string): boolean => Object.hasOwn(methods, name)

const toReply = ({ rpc }: Serving, id: RpcId | null, rest: Pick<RpcReply, 'result' | 'error'>): RpcReply => ({
  ...((rpc.dialect.version ?? true) && { jsonrpc: '2.0' as const }),
  id,
  ...rest,
})

const errorReply = (serving: Serving, id: RpcId | null, code: number, message: string): RpcReply =>
  toReply(serving, id, { error: { code, message } })

/** The reply that is sent in place of one that cannot be. It has no details, which may be about people, tokens or files. */
export const internalErrorReply = (serving: Serving, { id }: Pick<RpcReply, 'id'>): RpcReply =>
  errorReply(serving, id, INTERNAL_ERROR, 'Internal error')

const contextOf = ({ rpc }: Serving, signal: AbortSignal): MethodContext => ({
  dispatch: (action) => rpc.taskQueue.enqueue(() => rpc.store.dispatch(action)),
  getState: rpc.store.getState,
  signal,
})

/** What a method threw, as a reply. */
const toFailedReply = (serving: Serving, id: RpcId, method: string, error: unknown): RpcReply => {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: unknown }
  if (Number.isInteger(code)) {
    return toReply(serving, id, { error: { code, message: messageOf(error), ...(data !== undefined && { data }) } })
  }
  serving.rpc.guard(`methods.${method}`, () => {
    throw error
  })
  return internalErrorReply(serving, { id })
}

const run = (serving: Serving, id: RpcId, method: string, params: unknown): Reply => {
  const abort = new AbortController()
  const { signal } = abort
  const call = { id, abort }
  serving.running.add(call)
  const finish = (reply: () => RpcReply): RpcReply | undefined => {
    serving.running.delete(call)
    return signal.aborted ? undefined : reply()
  }
  const succeed = (result: unknown) => finish(() => toReply(serving, id, { result: result ?? null }))
  const fail = (error: unknown) => finish(() => toFailedReply(serving, id, method, error))
  try {
    const result = serving.methods[method]!(params as never, contextOf(serving, signal))
    return isPromiseLike(result) ? Promise.resolve(result).then(succeed, fail) : succeed(result)
  } catch (error) {
    return fail(error)
  }
}

/** Serves a request. The reply is `undefined` for one that was cancelled meanwhile, or whose socket is gone. */
export const serve = (serving: Serving, { id, method, params }: Members): Reply => {
  if (!isId(id) || typeof method !== 'string') {
    return errorReply(serving, isId(id) ? id : null, INVALID_REQUEST, 'Invalid Request')
  }
  return hasMethod(serving, method)
    ? run(serving, id, method, params)
    : errorReply(serving, id, METHOD_NOT_FOUND, 'Method not found')
}

/** Serves a notification for which there is a function. */
export const serveNotification = (serving: Serving, method: string, params: unknown): void => {
  const { signal } = new AbortController()
  serving.rpc.guard(`methods.${method}`, () => serving.methods[method]!(params as never, contextOf(serving, signal)))
}

/** The server cancels a request. */
export const cancelServing = ({ running }: Serving, id: unknown): void => {
  for (const call of running) if (call.id === id) call.abort.abort()
}

/** The socket is gone: nothing that is being served is replied to. */
export const stopServing = ({ running }: Serving): void => {
  for (const { abort } of running) abort.abort()
  running.clear()
}
