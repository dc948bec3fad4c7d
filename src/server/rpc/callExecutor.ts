import { messageOf } from '../../internal/errors.js'
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  REQUEST_CANCELLED,
  toResult,
  type RpcCall,
  type RpcReply,
} from '../../internal/jsonRpc.js'
import type { Report } from '../report.js'
import { validate } from '../schema.js'
import type { ServerConnection } from '../types.js'
import { errorReply, internalErrorReply, isRpcCall, messageIdOf } from './messages.js'
import type { MethodTable, RunnableHandler } from './methods.js'
import { RpcError } from './RpcError.js'

/** A call that is running. */
export interface OpenCall {
  readonly context: object
  /** Whether the client cancelled the call, or disconnected and the method has read its signal. */
  readonly isCancelled: () => boolean
  readonly end: () => void
}

/** Where calls come from: a connection, or one HTTP request. */
export interface Caller {
  readonly connection?: ServerConnection
  /** Starts a call. @throws RpcError when the caller has too many */
  readonly openCall: (call: RpcCall) => OpenCall
  /** The protocol's own method of that name. A connection has them, an HTTP request has not. */
  readonly protocolMethod: (name: string) => RunnableHandler | undefined
  /** Handles a notification of the protocol. Returns false for any other notification. */
  readonly handleNotification: (call: RpcCall) => boolean
}

/** Executes one JSON-RPC message or a batch. Resolves with the reply, or with `undefined` for notifications. Never rejects. */
export type ExecuteCalls = (message: unknown, caller: Caller) => Promise<RpcReply | RpcReply[] | undefined>

const runHandler = async (handler: RunnableHandler, call: RpcCall, context: object): Promise<unknown> => {
  const validating = validate(handler.schema, call.params)
  const validated = validating instanceof Promise ? await validating : validating
  if ('value' in validated) return await handler.run(validated.value, context)
  throw new RpcError(INVALID_PARAMS, 'Invalid params', { issues: validated.issues })
}

/** Creates the executor of JSON-RPC 2.0 calls, for connections and HTTP alike. */
export const createCallExecutor = (methods: MethodTable, report: Report, maxBatch: number): ExecuteCalls => {
  const replyToError = (call: RpcCall, caller: Caller, error: unknown, isCancelled: boolean): RpcReply => {
    if (error instanceof RpcError) return errorReply(call.id, error.code, error.message, error.data)
    if (isCancelled) return errorReply(call.id, REQUEST_CANCELLED, 'Request cancelled')
    report({
      code: 'handler_failed',
      message: `The method "${call.method.slice(0, 60)}" threw: ${messageOf(error)}`,
      error,
      ...(caller.connection && { connection: caller.connection }),
    })
    // Without details: the error may name files, tables or people.
    return internalErrorReply(call.id)
  }

  const executeCall = async (call: RpcCall, caller: Caller): Promise<RpcReply> => {
    const handler = caller.protocolMethod(call.method) ?? methods.get(call.method)
    if (!handler) return errorReply(call.id, METHOD_NOT_FOUND, 'Method not found')
    let open: OpenCall | undefined
    try {
      open = caller.openCall(call)
      const result = toResult(await runHandler(handler, call, open.context))
      return { jsonrpc: '2.0', id: call.id ?? null, result }
    } catch (error) {
      return replyToError(call, caller, error, open?.isCancelled() === true)
    } finally {
      open?.end()
    }
  }

  const executeMessage = async (message: unknown, caller: Caller): Promise<RpcReply | undefined> => {
    if (!isRpcCall(message)) return errorReply(messageIdOf(message), INVALID_REQUEST, 'Invalid Request')
    if (message.id !== undefined) return await executeCall(message, caller)
    if (!caller.handleNotification(message)) await executeCall(message, caller)
    return undefined
  }

  return async (message, caller) => {
    if (!Array.isArray(message)) return await executeMessage(message, caller)
    if (message.length === 0) return errorReply(undefined, INVALID_REQUEST, 'Invalid Request')
    if (message.length > maxBatch) {
      return errorReply(undefined, INVALID_REQUEST, `Expected at most ${maxBatch} calls in a batch`)
    }
    const results = await Promise.all(message.map(async (one: unknown) => await executeMessage(one, caller)))
    const replies = results.filter((reply) => reply !== undefined)
    return replies.length > 0 ? replies : undefined
  }
}
