import { DEFAULT_NAME } from '../actions/creators.js'
import { stepScope } from '../features/stepScope.js'
import { after, type Cancel } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import { isObject } from '../internal/jsonRpc.js'
import type { ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { checkName, commandOf, passOn, type RunCommand } from './command.js'
import { failure, requestErrors } from './failures.js'
import { isCall, toWire } from './messages.js'
import { addRequest, checkRequestOptions, giveUp } from './requests.js'
import { rpcOf, rpcSlot, type PendingRequest, type Rpc } from './rpc.js'
import type { CallPayload, RequestCreator, RpcActions } from './rpcActions.js'
import { createStreamReader } from './streamReader.js'
import type { RequestStreamCreator, StreamOptions } from './streamTypes.js'
import type { RequestResult, RpcProblem } from './types.js'

// `socketRequestStream`. The command carries its code: an app that does not import it does not have it in its bundle.

/** Chunks that were read are confirmed at half of the window or, so that large chunks do not wait for that, after this time in milliseconds. */
const CONFIRM_MS = 100

/** The state of one reply in chunks. */
interface StreamState {
  readonly rpc: Rpc
  readonly window: number
  readonly timeout: number
  request?: PendingRequest
  /** The chunks that the server may still send. */
  credit: number
  /** The chunks that were read and not confirmed. */
  read: number
  cancelConfirm?: Cancel | undefined
  cancelTimeout?: Cancel | undefined
}

const stopConfirm = (state: StreamState): void => {
  state.cancelConfirm?.()
  state.cancelConfirm = undefined
}

/** The time runs only while the server may send: a slow reader is not its fault. */
const restartTimeout = (state: StreamState): void => {
  const { credit, request, rpc, timeout } = state
  state.cancelTimeout?.()
  if (credit) state.cancelTimeout = after(timeout, () => giveUp(rpc, request!, requestErrors.timeout(timeout)))
}

const confirm = (state: StreamState): void => {
  const { credit, read: count, request, rpc } = state
  stopConfirm(state)
  state.read = 0
  state.credit += count
  if (!credit) restartTimeout(state)
  // It waits in the queue while a session is suspended: the server waits for it.
  rpc.send(toWire({ method: '$/more', params: { id: request!.id, count } }, rpc.dialect))
}

const onRead = (state: StreamState): void => {
  // The last chunks of a reply that has ended need no confirmation.
  if (!state.request || state.request.isOver) return
  if (++state.read * 2 >= state.window) confirm(state)
  else state.cancelConfirm ??= after(CONFIRM_MS, () => confirm(state))
}

const overrun = (window: number): RpcProblem =>
  failure('invalid_reply', __DEV__ ? `The server sent more than ${window} chunks that were not read ("window").` : '')

/** What takes the chunks of one reply. */
type TakeChunk = (data: unknown) => void

/** The replies in chunks of one connection. The first one attaches what takes the chunks. */
const streamsOf = ({ hooks, part }: ConnectionContext) => {
  const streams = new Map<PendingRequest | undefined, TakeChunk>()
  const { dialect, pending } = part(rpcSlot).rpc!
  hooks.attach(order.carried, {
    claim: (message) =>
      isObject(message) && isCall(message, dialect) && message['method'] === '$/chunk'
        ? () => {
            const { params } = message
            // Unknown: the last chunks of a reply that was cancelled.
            if (isObject(params)) streams.get(pending.get(params['id'] as number))?.(params['data'])
          }
        : undefined,
  })
  return streams
}

/** Why a request for chunks is not sent. */
const refusalOf = ({ dialect }: Rpc, { signal }: StreamOptions, isEarly: boolean): RpcProblem | undefined => {
  if (signal?.aborted) return requestErrors.aborted()
  if (dialect.hasStreams && !isEarly) return undefined
  const place = isEarly ? 'inside a handshake' : 'in the dialect of this server'
  return failure('unsupported', __DEV__ ? `There are no replies in chunks ${place}.` : '')
}

const runRequestStream: RunCommand = (context, command, next) => {
  const rpc = rpcOf(context, command)
  const options = command.meta as StreamOptions
  const { signal, timeout = 10_000, whenOffline, window = 32 } = options
  const state: StreamState = { rpc, window, timeout, credit: window, read: 0 }
  const reader = createStreamReader(
    () => onRead(state),
    () => state.request && giveUp(rpc, state.request, requestErrors.aborted()),
  )
  const refusal = refusalOf(rpc, options, context.part(stepScope).link !== undefined)
  if (refusal) {
    reader.end({ error: refusal })
    passOn(rpc, command, { delivery: 'dropped' }, next)
    return reader.stream
  }
  const streams = context.part(streamsOf)
  const onEnd = (result: RequestResult<unknown>): void => {
    stopConfirm(state)
    state.cancelTimeout?.()
    streams.delete(request)
    rpc.count.add(-1)
    reader.end(result)
  }
  const request = addRequest(rpc, command.payload as CallPayload, { timeout: Infinity, signal }, onEnd, {})
  state.request = request
  request.message.stream = { window }
  streams.set(request, (data) => {
    if (!state.credit--) return giveUp(rpc, request, overrun(window))
    // First, for a reader that waits and confirms it at once.
    restartTimeout(state)
    reader.push(data)
  })
  rpc.count.add(1)
  restartTimeout(state)
  passOn(rpc, command, rpc.send(request.message, { id: request.sendId, ...(whenOffline && { whenOffline }) }), next)
  return reader.stream
}

/** Throws `invalid_option`. Development only. */
const checkOptions = (options: StreamOptions): void => {
  const { window = 1 } = options
  checkRequestOptions('requestStream', options)
  if (Number.isInteger(window) && window >= 1 && window <= 1_000) return
  throw codedError(
    'invalid_option',
    `requestStream: expected "window" to be a whole number of chunks, 1 to 1000, got ${show(window)}.`,
  )
}

const requestStreamOf = (socket: string) =>
  commandOf(
    socket,
    'requestStream',
    runRequestStream,
    (method: unknown, params?: unknown, options: StreamOptions = {}) => {
      if (__DEV__) {
        checkName('requestStream', 'method', method)
        checkOptions(options)
      }
      return { payload: { method, ...(params !== undefined && { params }) }, options }
    },
  ) as unknown

/**
 * Creates `requestStream` of a connection, typed as its RPC actions are. See docs/rpc.md.
 * @example const { requestStream } = createStreaming(createRpcActions(chat.actions).withTypes<Contract>())
 */
export const createStreaming = <Methods extends object>({
  name,
}: Pick<RpcActions, 'name'> & { readonly request: RequestCreator<Methods> }): {
  /** Sends a request and reads the reply in chunks. */
  readonly requestStream: RequestStreamCreator<Methods>
} => ({ requestStream: requestStreamOf(name) as RequestStreamCreator<Methods> })

/**
 * Sends a request whose reply comes in chunks: `dispatch` returns an async iterable with `cancel()` and `result`. See {@link RequestStream}.
 *
 * @example
 * for await (const word of store.dispatch(socketRequestStream<string>('tell', { about: 'rain' }))) show(word)
 */
export const socketRequestStream = /* @__PURE__ */ requestStreamOf(DEFAULT_NAME) as RequestStreamCreator<object>
