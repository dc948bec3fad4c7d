import { memberOf, messageOf } from '../internal/errors.js'
import {
  INTERNAL_ERROR,
  INVALID_REQUEST,
  isId,
  METHOD_NOT_FOUND,
  toResult,
  type Members,
  type RpcId,
  type RpcReply,
} from '../internal/jsonRpc.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import { isMethod } from './messages.js'
import type { MethodContext, Rpc } from './rpc.js'

/** A reply, now or later; `undefined` for none. It never rejects. */
export type Reply = MaybePromise<RpcReply | undefined>

/** Whether there is a function of that name. */
export const hasMethod = ({ methods }: Rpc, name: RpcId): boolean => Object.hasOwn(methods, name)

const toReply = ({ dialect }: Rpc, id: RpcId | null, rest: Pick<RpcReply, 'result' | 'error'>): RpcReply => ({
  ...(dialect.version !== false && { jsonrpc: '2.0' as const }),
  id,
  ...rest,
})

const errorReply = (rpc: Rpc, id: RpcId | null, code: number, message: string): RpcReply =>
  toReply(rpc, id, { error: { code, message } })

/** The reply that is sent in place of one that cannot be. It has no details, which may be about people, tokens or files. */
export const toInternalErrorReply = (rpc: Rpc, { id }: Pick<RpcReply, 'id'>): RpcReply =>
  errorReply(rpc, id, INTERNAL_ERROR, 'Internal error')

const contextOf = ({ store, taskQueue }: Rpc, signal: AbortSignal): MethodContext => ({
  dispatch: (action) => taskQueue.enqueue(() => store.dispatch(action)),
  getState: store.getState,
  signal,
})

/** What a method threw, as a reply. */
const toFailedReply = (rpc: Rpc, id: RpcId, method: RpcId, error: unknown): RpcReply => {
  const code = memberOf(error, 'code')
  const data = memberOf(error, 'data')
  if (Number.isInteger(code)) {
    return toReply(rpc, id, { error: { code, message: messageOf(error), ...(data !== undefined && { data }) } })
  }
  rpc.guard(`methods.${method}`, () => {
    throw error
  })
  return toInternalErrorReply(rpc, { id })
}

const run = (rpc: Rpc, id: RpcId, method: RpcId, params: unknown): Reply => {
  const controller = new AbortController()
  const { signal } = controller
  const call = { id, abort: () => controller.abort() }
  rpc.serving.add(call)
  const finish = (reply: () => RpcReply): RpcReply | undefined => {
    rpc.serving.delete(call)
    return signal.aborted ? undefined : reply()
  }
  const succeed = (result: unknown) => finish(() => toReply(rpc, id, { result }))
  const fail = (error: unknown) => finish(() => toFailedReply(rpc, id, method, error))
  try {
    const result = rpc.methods[method]!(params as never, contextOf(rpc, signal))
    return isPromiseLike(result)
      ? Promise.resolve(result).then(toResult).then(succeed, fail)
      : succeed(toResult(result))
  } catch (error) {
    return fail(error)
  }
}

/** Serves a request. The reply is `undefined` for one that was cancelled meanwhile, or whose socket is gone. */
export const serve = (rpc: Rpc, { id, method, params }: Members): Reply => {
  if (!isId(id) || !isMethod(method, rpc.dialect)) {
    return errorReply(rpc, isId(id) ? id : null, INVALID_REQUEST, 'Invalid Request')
  }
  return hasMethod(rpc, method)
    ? run(rpc, id, method, params)
    : errorReply(rpc, id, METHOD_NOT_FOUND, 'Method not found')
}

/** Serves a notification for which there is a function. */
export const serveNotification = (rpc: Rpc, method: RpcId, params: unknown): void => {
  const { signal } = new AbortController()
  rpc.guard(`methods.${method}`, () => rpc.methods[method]!(params as never, contextOf(rpc, signal)))
}

/** The server cancels a request. */
export const cancelServing = ({ serving }: Rpc, id: unknown): void => {
  for (const call of serving) if (call.id === id) call.abort()
}

/** The socket is gone: nothing that is being served is replied to. */
export const stopServing = ({ serving }: Rpc): void => {
  for (const { abort } of serving) abort()
  serving.clear()
}
