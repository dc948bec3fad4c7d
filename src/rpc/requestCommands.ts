import type { SendOptions } from '../connection/types.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import { stepScope } from '../features/stepScope.js'
import { createValueSender } from '../features/valueSender.js'
import { now } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import type { RpcCall, RpcId } from '../internal/jsonRpc.js'
import type { CommandAction } from '../middleware/feature.js'
import type { BatchCall, CallPayload, RpcActions } from './rpcActions.js'
import { checkName, commandOf, passOn, type RunCommand } from './command.js'
import { requestErrors, toError } from './failures.js'
import { sendDirectly } from './directSends.js'
import { toWire } from './messages.js'
import { addRequest, ask, checkRequestOptions, giveUp } from './requests.js'
import { rpcOf, type OnEnd, type PendingRequest, type Rpc } from './rpc.js'
import type { RequestHandle, RequestOptions, RequestResult } from './types.js'

/** Creates the handle of a request out of a promise that never rejects. */
export const createHandle = (promise: Promise<RequestResult<unknown>>, abort: () => void): RequestHandle =>
  Object.assign(promise, {
    abort,
    unwrap: async () => {
      const { data, error } = await promise
      if (error) throw toError(error)
      return data
    },
  }) as RequestHandle

/** A request of the app. */
interface AppRequest {
  readonly handle: RequestHandle
  /** Whether it was aborted before it was dispatched: then it has settled, and is not sent. */
  readonly isOver: boolean
  /** Counts it and sends it. `send` is given what settles it. */
  readonly start: <Sent extends { readonly request: PendingRequest }>(send: (onEnd: OnEnd) => Sent) => Sent
}

const createAppRequest = (rpc: Rpc, { signal }: RequestOptions): AppRequest => {
  const { count } = rpc
  const isOver = signal?.aborted === true
  let request: PendingRequest | undefined
  let settle!: OnEnd
  const promise = new Promise<RequestResult<unknown>>((resolve) => {
    settle = resolve
  })
  if (isOver) settle({ error: requestErrors.aborted() })
  return {
    isOver,
    handle: createHandle(promise, () => {
      if (request) giveUp(rpc, request, requestErrors.aborted())
    }),
    start: (send) => {
      count.add(1)
      const sent = send((result) => {
        count.add(-1)
        settle(result)
      })
      request = sent.request
      return sent
    },
  }
}

const DROPPED = { delivery: 'dropped' } as const

/** Carries out a request. Returns its handle. */
export const runRequest = (...[context, command, next]: Parameters<RunCommand>): RequestHandle => {
  const rpc = rpcOf(context, command)
  const options = command.meta as RequestOptions
  const { handle, isOver, start } = createAppRequest(rpc, options)
  const { link } = context.part(stepScope)
  const send = (onEnd: OnEnd) => ask(rpc, command.payload as CallPayload, options, onEnd, link)
  passOn(rpc, command, isOver ? DROPPED : start(send).result, next)
  return handle
}

const runNotify: RunCommand = (context, command, next) => {
  const rpc = rpcOf(context, command)
  const result = rpc.send(toWire(command.payload as CallPayload, rpc.dialect), command.meta as SendOptions)
  passOn(rpc, command, result, next)
  return result
}

/** Numbers the batches of a connection. */
const batchCounter = () => ({ count: 0 })

const runBatch: RunCommand = (context, command, next) => {
  const rpc = rpcOf(context, command)
  const { calls } = command.meta as CommandAction['meta'] & { readonly calls: readonly CommandAction[] }
  const sendId = `${rpc.prefix}b${++context.part(batchCounter).count}`
  const { link } = context.part(stepScope)
  const options = { ttl: rpc.connection.queue?.limits.ttl ?? 0, ...command.meta, id: sendId }
  const startedAt = now()
  let batch: readonly RpcCall<RpcId>[] = []
  /** A request is over while the batch waits: the rest goes to the end of the queue, and expires when the whole batch would have. */
  const onTakenBack = (message: RpcCall<RpcId>) => {
    batch = batch.filter((other) => other !== message)
    if (batch.length) rpc.send(batch, { ...options, ttl: Math.max(0, options.ttl + startedAt - now()) })
  }
  const items = calls.map(({ type, payload, meta }) => ({
    call: payload as CallPayload,
    options: meta as RequestOptions,
    request: type.endsWith('/request') ? createAppRequest(rpc, meta as RequestOptions) : undefined,
  }))
  batch = items.flatMap(({ call, options: own, request }) => {
    if (!request) return toWire(call, rpc.dialect)
    if (request.isOver) return []
    const add = (onEnd: OnEnd) => ({
      request: addRequest(rpc, call, own, onEnd, { sendId, onTakenBack, isEarly: link !== undefined }),
    })
    return request.start(add).request.message
  })
  const post = () =>
    link
      ? sendDirectly(rpc, sendId, batch, createValueSender(link, rpc.pipeline.encode).send)
      : rpc.send(batch, options)
  const result = batch.length ? post() : DROPPED
  passOn(rpc, command, result, next)
  return items.map(({ request }) => request?.handle ?? result)
}

/** Creates the command that sends a request. */
export const requestOf = (socket: string) =>
  commandOf(socket, 'request', runRequest, (method: unknown, params?: unknown, options: RequestOptions = {}) => {
    if (__DEV__) {
      checkName('request', 'method', method)
      checkRequestOptions('request', options)
    }
    return { payload: { method, ...(params !== undefined && { params }) }, options }
  }) as unknown as RpcActions['request']

/** Creates the command that sends a notification. */
export const notifyOf = (socket: string) =>
  commandOf(socket, 'notify', runNotify, (method: unknown, params?: unknown, options?: SendOptions) => {
    if (__DEV__) checkName('notify', 'method', method)
    return { payload: { method, ...(params !== undefined && { params }) }, options }
  }) as unknown as RpcActions['notify']

const checkCalls = (socket: string, calls: readonly BatchCall[]): void => {
  const creators = [requestOf(socket), notifyOf(socket)]
  const other = calls.find((call) => !creators.some(({ match }) => match(call)))
  if (!other) return
  throw codedError(
    'invalid_option',
    `batch: expected requests and notifications of this connection, got ${show(other.type)}.`,
  )
}

/** Creates the command that sends several requests and notifications as one message. */
export const batchOf = (socket: string) =>
  commandOf(socket, 'batch', runBatch, (calls: readonly BatchCall[], options?: SendOptions) => {
    if (__DEV__) checkCalls(socket, calls)
    return { payload: calls.map(({ payload }) => payload), options: { ...options, calls } }
  }) as unknown as RpcActions['batch']

/** Sends a request: `dispatch` returns a promise of `{ data }` or `{ error }`, with `unwrap()` and `abort()`. */
export const socketRequest = /* @__PURE__ */ requestOf(DEFAULT_NAME)

/** Sends a notification, which has no reply: `dispatch` returns `{ id, delivery, reason? }`. */
export const socketNotify = /* @__PURE__ */ notifyOf(DEFAULT_NAME)

/** Sends several requests and notifications as one message: `dispatch` returns a list of what each one alone would return. */
export const socketBatch = /* @__PURE__ */ batchOf(DEFAULT_NAME)
