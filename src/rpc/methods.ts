import { isPromiseLike } from '../internal/maybePromise.js'
import { messageOf, show } from '../internal/errors.js'
import {
  INTERNAL_ERROR,
  INVALID_REQUEST,
  isId,
  METHOD_NOT_FOUND,
  type Members,
  type RpcId,
  type RpcReply,
} from '../internal/jsonRpc.js'
import type { ProtocolHost } from '../middleware/protocol.js'
import type { RpcDialect } from './dialects.js'

/** What a method is told about the call. */
export interface MethodContext {
  /** The store's dispatch, in turn. */
  readonly dispatch: ProtocolHost['dispatch']
  /** The store's state. */
  readonly getState: () => unknown
  /** Aborted when the server cancels the request, or the socket is gone. */
  readonly signal: AbortSignal
}

/**
 * A function of ours that the server calls. What it returns, or resolves with, is the answer; an Error with a whole number as its `code` is answered as
 * `{ code, message, data? }`, any other as −32603 without details, and reported.
 */
export type ClientMethod = (params: never, context: MethodContext) => unknown

/** The functions that the server may call, by name. */
export type ClientMethods = Readonly<Record<string, ClientMethod>>

/** What the server asks of us. */
export interface Answering {
  /** Whether there is a function of that name. */
  readonly has: (method: string) => boolean
  /** Serves a request; the answer, at once or later, or `undefined` for one that may not be sent any more. Never rejects. */
  readonly answer: (request: Members) => RpcReply | undefined | Promise<RpcReply | undefined>
  /** Serves a notification that there is a function for. */
  readonly hear: (method: string, params: unknown) => void
  /** What is sent in place of an answer that cannot be. */
  readonly apologize: (answer: RpcReply) => RpcReply
  /** The server gives a request up. */
  readonly cancel: (id: unknown) => void
  /** The socket is gone: nothing is answered any more. */
  readonly lost: () => void
}

/** Creates what serves the requests of one connection. */
export const createAnswering = (host: ProtocolHost, dialect: RpcDialect, methods: ClientMethods): Answering => {
  /** A server may give two requests the same id. */
  const running = new Set<{ readonly id: RpcId; readonly abort: AbortController }>()
  const has = (method: string) => Object.hasOwn(methods, method)

  const reply = (id: RpcId | null, rest: Pick<RpcReply, 'result' | 'error'>): RpcReply => ({
    ...((dialect.version ?? true) && { jsonrpc: '2.0' as const }),
    id,
    ...rest,
  })
  const refuse = (id: RpcId | null, code: number, message: string) => reply(id, { error: { code, message } })

  const fail = (id: RpcId, method: string, thrown: unknown): RpcReply => {
    const { code, data } = (thrown ?? {}) as { code?: unknown; data?: unknown }
    if (typeof code === 'number' && Number.isInteger(code)) {
      return reply(id, { error: { code, message: messageOf(thrown), ...(data !== undefined && { data }) } })
    }
    host.guard(`The method ${show(method)}`, () => {
      throw thrown
    })
    // No details: they may be about people, tokens or files.
    return refuse(id, INTERNAL_ERROR, 'Internal error')
  }

  const run = (id: RpcId, method: string, params: unknown) => {
    const abort = new AbortController()
    const call = { id, abort }
    running.add(call)
    const finish = (answer: () => RpcReply): RpcReply | undefined => {
      running.delete(call)
      return abort.signal.aborted ? undefined : answer()
    }
    const succeed = (result: unknown) => finish(() => reply(id, { result: result ?? null }))
    const failed = (thrown: unknown) => finish(() => fail(id, method, thrown))
    try {
      const result = methods[method]!(params as never, { ...context, signal: abort.signal })
      return isPromiseLike(result) ? Promise.resolve(result).then(succeed, failed) : succeed(result)
    } catch (thrown) {
      return failed(thrown)
    }
  }
  const context = { dispatch: host.dispatch, getState: host.getState }

  return {
    has,
    answer: (request) => {
      const { id, method, params } = request
      if (!isId(id) || typeof method !== 'string') {
        return refuse(isId(id) ? id : null, INVALID_REQUEST, 'Invalid Request')
      }
      return has(method) ? run(id, method, params) : refuse(id, METHOD_NOT_FOUND, 'Method not found')
    },
    hear: (method, params) =>
      host.guard(`The method ${show(method)}`, () => {
        const { signal } = new AbortController()
        const result = methods[method]!(params as never, { ...context, signal })
        if (isPromiseLike(result)) {
          result.then(undefined, (thrown: unknown) =>
            host.guard(`The method ${show(method)}`, () => {
              throw thrown
            }),
          )
        }
      }),
    apologize: ({ id }) => refuse(id, INTERNAL_ERROR, 'Internal error'),
    cancel: (id) => {
      for (const call of running) if (call.id === id) call.abort.abort()
    },
    lost: () => {
      for (const { abort } of running) abort.abort()
      running.clear()
    },
  }
}
