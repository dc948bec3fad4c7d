import { isInstance, messageOf } from '../../internal/errors.js'
import {
  INTERNAL_ERROR,
  INVALID_PARAMS,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  REQUEST_CANCELLED,
  toResult,
  type RpcCall,
  type RpcErrorObject,
  type RpcId,
  type RpcReply,
} from '../../internal/jsonRpc.js'
import { measureCalls, type ExecuteCall } from '../operations/callMetrics.js'
import type { MetricsFeed } from '../operations/metricsFeed.js'
import type { Report } from '../problems.js'
import { validate } from '../schema.js'
import type { ServerConnection } from '../types.js'
import { errorReply, internalErrorReply, isRpcCall, messageIdOf } from './messages.js'
import type { MethodTable, RunnableHandler } from './methods.js'
import { RpcError } from './RpcError.js'
import { isAsyncIterable, streamReply, type ChunkSender, type StreamableCall } from './streamReply.js'

/** A call that was accepted. */
export interface OpenCall extends StreamableCall {
  /** Resolves when the call may start, and rejects when it is cancelled first; `undefined` when it may start now. */
  readonly turn: Promise<void> | undefined
  /** Starts the call and returns its context. @throws RpcError when too many others run */
  readonly start: () => object
  /** Whether the client cancelled the call, or disconnected and the method has read its signal. */
  readonly isCancelled: () => boolean
  readonly end: () => void
}

/** Where calls come from: a connection, or one HTTP request. */
export interface Caller extends ChunkSender {
  readonly connection?: ServerConnection
  /** Accepts a call. @throws RpcError when the caller has too many */
  readonly openCall: (call: RpcCall) => OpenCall
  /** The protocol's own method of that name. A connection has them, an HTTP request has not. */
  readonly protocolMethod: (name: string) => RunnableHandler | undefined
  /** Handles a notification of the protocol. Returns false for any other notification. */
  readonly handleNotification: (call: RpcCall) => boolean
}

/** Executes one JSON-RPC message or a batch. Resolves with the reply, or with `undefined` for notifications. Never rejects. */
export type ExecuteCalls = (message: unknown, caller: Caller) => Promise<RpcReply | RpcReply[] | undefined>

/** The name of a method for a report: a client may send a very long one. */
const nameOf = ({ method }: RpcCall): string => method.slice(0, 60)

const runHandler = async (handler: RunnableHandler, call: RpcCall, context: object): Promise<unknown> => {
  const validating = validate(handler.schema, call.params)
  const validated = validating instanceof Promise ? await validating : validating
  if ('value' in validated) return await handler.run(validated.value, context)
  throw new RpcError(INVALID_PARAMS, 'Invalid params', { issues: validated.issues })
}

interface Executor {
  readonly methods: MethodTable
  readonly report: Report
  readonly maxBatch: number
  /** Executes a call that has a method's name, and measures it if there are metrics. */
  readonly execute: ExecuteCall<Caller>
}

const connectionIn = ({ connection }: Caller) => connection && { connection }

const replyToError = (
  { report }: Pick<Executor, 'report'>,
  call: RpcCall,
  caller: Caller,
  error: unknown,
  isCancelled: boolean,
): RpcReply => {
  if (isInstance(error, RpcError)) return errorReply(call.id, error.code, error.message, error.data)
  if (isCancelled) return errorReply(call.id, REQUEST_CANCELLED, 'Request cancelled')
  const message = `The method "${nameOf(call)}" threw: ${messageOf(error)}`
  report({ code: 'handler_failed', message, error, ...connectionIn(caller) })
  // Without details: the error may name files, tables or people.
  return internalErrorReply(call.id)
}

const executeCall = async (
  executor: Pick<Executor, 'methods' | 'report'>,
  call: RpcCall,
  caller: Caller,
): Promise<RpcReply> => {
  const handler = caller.protocolMethod(call.method) ?? executor.methods.get(call.method)
  if (!handler) return errorReply(call.id, METHOD_NOT_FOUND, 'Method not found')
  let open: OpenCall | undefined
  try {
    open = caller.openCall(call)
    if (open.turn) await open.turn
    const returned = await runHandler(handler, call, open.start())
    const result = isAsyncIterable(returned) ? await streamReply(returned, call, caller, open) : toResult(returned)
    return { jsonrpc: '2.0', id: call.id ?? null, result }
  } catch (error) {
    return replyToError(executor, call, caller, error, open?.isCancelled() === true)
  } finally {
    open?.end()
  }
}

/** A notification has no reply, so its client never learns that it was refused: the app does. */
const reportRefused = ({ report }: Executor, call: RpcCall, caller: Caller, { error }: RpcReply): void => {
  const { code, message } = error as RpcErrorObject
  const text = `A notification "${nameOf(call)}" was refused with ${code}: ${message}`
  report({ code: 'notification_refused', message: text, ...connectionIn(caller) })
}

const executeNotification = async (executor: Executor, call: RpcCall, caller: Caller): Promise<void> => {
  if (caller.handleNotification(call)) return
  const reply = await executor.execute(call, caller)
  const { code } = (reply.error ?? {}) as Partial<RpcErrorObject>
  // What a method throws was reported already, and a client that has cancelled its call knows.
  if (code !== undefined && code !== INTERNAL_ERROR && code !== REQUEST_CANCELLED)
    reportRefused(executor, call, caller, reply)
}

const executeMessage = async (executor: Executor, message: unknown, caller: Caller): Promise<RpcReply | undefined> => {
  if (!isRpcCall(message)) return errorReply(messageIdOf(message), INVALID_REQUEST, 'Invalid Request')
  if (message.id !== undefined) return await executor.execute(message, caller)
  await executeNotification(executor, message, caller)
  return undefined
}

/** Refuses each request of a batch that has too many calls. What is not a request gets no reply: it may be much smaller than one. */
const refuseBatch = (
  executor: Executor,
  messages: readonly unknown[],
  caller: Caller,
): RpcReply | RpcReply[] | undefined => {
  const text = `Expected at most ${executor.maxBatch} calls in a batch`
  const refusal = (id?: RpcId) => errorReply(id, INVALID_REQUEST, text)
  const calls = messages.filter(isRpcCall)
  if (calls.length === 0) return refusal()
  const replies: RpcReply[] = []
  for (const call of calls) {
    if (call.id === undefined) reportRefused(executor, call, caller, refusal())
    else replies.push(refusal(call.id))
  }
  return replies.length > 0 ? replies : undefined
}

/** Creates the executor of JSON-RPC 2.0 calls, for connections and HTTP alike. */
export const createCallExecutor = (
  methods: MethodTable,
  report: Report,
  maxBatch: number,
  metrics?: MetricsFeed,
): ExecuteCalls => {
  const parts = { methods, report, maxBatch }
  const execute = measureCalls<Caller>(metrics, methods, async (call, caller) => await executeCall(parts, call, caller))
  const executor: Executor = { ...parts, execute }
  const executeOne = async (message: unknown, caller: Caller) => await executeMessage(executor, message, caller)
  return async (message, caller) => {
    if (!Array.isArray(message)) return await executeOne(message, caller)
    if (message.length === 0) return errorReply(undefined, INVALID_REQUEST, 'Invalid Request')
    if (message.length > maxBatch) return refuseBatch(executor, message, caller)
    const results = await Promise.all(message.map(async (one: unknown) => await executeOne(one, caller)))
    const replies = results.filter((reply) => reply !== undefined)
    return replies.length > 0 ? replies : undefined
  }
}
