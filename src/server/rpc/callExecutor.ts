import { messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import { check } from '../schema.js'
import type { ServerConnection } from '../types.js'
import { errorReply, idOf, isCall, rpcCodes, type RpcCall, type RpcId, type RpcReply } from './messages.js'
import type { MethodTable, RunnableHandler } from './methods.js'
import { RpcError } from './RpcError.js'

/** A call that is being worked on. */
export interface OpenCall {
  readonly context: object
  /** Whether the client has cancelled it, or is gone and the call was told so. */
  readonly isCancelled: () => boolean
  readonly end: () => void
}

/** Where calls come from: a connection, or one HTTP request. */
export interface Caller {
  readonly connection?: ServerConnection
  /** Makes room for a call. @throws RpcError when there is none */
  readonly open: (call: RpcCall) => OpenCall
  /** The protocol's own methods: known to connections, not to HTTP. */
  readonly builtin: (method: string) => RunnableHandler | undefined
  /** Whether a notification is the protocol's own, and was served. */
  readonly notified: (call: RpcCall) => boolean
}

/** Answers one message or a batch; `undefined` where nothing is to be answered. Never rejects. */
export type Answer = (message: unknown, caller: Caller) => Promise<RpcReply | RpcReply[] | undefined>

const invalid = (id: RpcId | undefined, message: string): RpcReply => errorReply(id, rpcCodes.invalidRequest, message)

/** Creates what answers JSON-RPC 2.0, wherever it came from. */
export const createAnswer = (table: MethodTable, report: Report, maxBatch: number): Answer => {
  const fail = (call: RpcCall, caller: Caller, error: unknown, isCancelled: boolean): RpcReply => {
    if (error instanceof RpcError) return errorReply(call.id, error.code, error.message, error.data)
    if (isCancelled) return errorReply(call.id, rpcCodes.cancelled, 'Request cancelled')
    report({
      code: 'handler_failed',
      message: `The method "${call.method.slice(0, 60)}" threw: ${messageOf(error)}`,
      error,
      ...(caller.connection && { connection: caller.connection }),
    })
    // Nothing of the error: it may name files, tables or people.
    return errorReply(call.id, rpcCodes.internal, 'Internal error')
  }

  const run = async (handler: RunnableHandler, call: RpcCall, context: object): Promise<unknown> => {
    const checking = check(handler.schema, call.params)
    const checked = checking instanceof Promise ? await checking : checking
    if ('value' in checked) return await handler.run(checked.value, context)
    throw new RpcError(rpcCodes.invalidParams, 'Invalid params', { issues: checked.issues })
  }

  const answerCall = async (call: RpcCall, caller: Caller): Promise<RpcReply> => {
    const handler = caller.builtin(call.method) ?? table.get(call.method)
    if (!handler) return errorReply(call.id, rpcCodes.methodNotFound, 'Method not found')
    let open: OpenCall | undefined
    try {
      open = caller.open(call)
      const result = await run(handler, call, open.context)
      return { jsonrpc: '2.0', id: call.id ?? null, result: result ?? null }
    } catch (error) {
      return fail(call, caller, error, open?.isCancelled() === true)
    } finally {
      open?.end()
    }
  }

  const answerOne = async (message: unknown, caller: Caller): Promise<RpcReply | undefined> => {
    if (!isCall(message)) return invalid(idOf(message), 'Invalid Request')
    if (message.id !== undefined) return await answerCall(message, caller)
    if (!caller.notified(message)) await answerCall(message, caller)
    return undefined
  }

  return async (message, caller) => {
    if (!Array.isArray(message)) return await answerOne(message, caller)
    if (message.length === 0) return invalid(undefined, 'Invalid Request')
    if (message.length > maxBatch) return invalid(undefined, `Expected at most ${maxBatch} calls in a batch`)
    const replies = await Promise.all(message.map(async (one: unknown) => await answerOne(one, caller)))
    const said = replies.filter((reply) => reply !== undefined)
    return said.length > 0 ? said : undefined
  }
}
