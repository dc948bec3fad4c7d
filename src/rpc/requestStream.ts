import { DEFAULT_NAME } from '../actions/creators.js'
import { stepScope } from '../features/stepScope.js'
import { createAsyncQueue, type AsyncQueue } from '../internal/asyncQueue.js'
import { after, type Cancel } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import { isObject, type Members } from '../internal/jsonRpc.js'
import type { ConnectionContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { checkName, commandOf, passOn, type RunCommand } from './command.js'
import { failure, requestErrors, toError } from './failures.js'
import { isCall, toWire } from './messages.js'
import { addRequest, checkRequestOptions, giveUp } from './requests.js'
import { rpcOf, rpcSlot, type PendingRequest, type Rpc } from './rpc.js'
import type { CallPayload, RequestCreator, RpcActions } from './rpcActions.js'
import type { RequestStream, RequestStreamCreator, StreamOptions } from './streamTypes.js'
import type { RequestResult, RpcProblem } from './types.js'

// `socketRequestStream`. The command carries its code: an app that does not import it does not have it in its bundle.

/** Chunks that were read are confirmed at half of the window or, so that large chunks do not wait for that, after this time in milliseconds. */
const CONFIRM_MS = 100

/** The states of the replies in chunks of one connection. */
type Streams = Map<PendingRequest, StreamState>

interface StreamState {
  readonly rpc: Rpc
  readonly request: PendingRequest
  readonly queue: AsyncQueue<unknown>
  readonly timeout: number
  /** The chunks that the server may still send. */
  credit: number
  /** The chunks that were read and not confirmed. */
  read: number
  readonly window: number
  cancelConfirm: Cancel | undefined
  cancelTimeout: Cancel | undefined
}

const stopTimers = (state: StreamState): void => {
  state.cancelConfirm?.()
  state.cancelConfirm = undefined
  state.cancelTimeout?.()
}

/** The time runs only while the server may send: a slow reader is not its fault. */
const restartTimeout = (state: StreamState): void => {
  const { credit, request, rpc, timeout } = state
  state.cancelTimeout?.()
  if (credit > 0) state.cancelTimeout = after(timeout, () => giveUp(rpc, request, requestErrors.timeout(timeout)))
}

const confirm = (state: StreamState): void => {
  const { credit, read: count, request, rpc } = state
  state.cancelConfirm?.()
  state.cancelConfirm = undefined
  state.read = 0
  state.credit += count
  if (!credit) restartTimeout(state)
  // In the queue where a session has the connection resume: the server waits for it.
  rpc.send(toWire({ method: '$/more', params: { id: request.id, count } }, rpc.dialect))
}

const onRead = (state: StreamState): void => {
  if (state.request.isOver) return
  state.read++
  if (state.read * 2 >= state.window) confirm(state)
  else state.cancelConfirm ??= after(CONFIRM_MS, () => confirm(state))
}

const overrun = (window: number): RpcProblem =>
  failure('invalid_reply', __DEV__ ? `The server sent more than ${window} chunks that were not read ("window").` : '')

const onChunk = (state: StreamState, data: unknown): void => {
  const { queue, request, rpc, window } = state
  if (state.credit-- < 1) return giveUp(rpc, request, overrun(window))
  queue.push(data)
  restartTimeout(state)
}

const chunkOf = ({ params }: Members): Members => (isObject(params) ? params : {})

/** The replies in chunks of one connection. The first one attaches what takes the chunks. */
const streamsOf = ({ hooks, part }: ConnectionContext): Streams => {
  const streams: Streams = new Map()
  const rpc = part(rpcSlot).rpc!
  hooks.attach(order.carried, {
    claim: (message) => {
      if (!isObject(message) || !isCall(message, rpc.dialect) || message['method'] !== '$/chunk') return undefined
      return () => {
        const { id, data } = chunkOf(message)
        // The last chunks of a reply that was cancelled.
        const state = streams.get(rpc.pending.get(Number(id))!)
        if (state) onChunk(state, data)
      }
    },
  })
  return streams
}

/** The part of a reply that its reader has. */
interface Reader {
  readonly queue: AsyncQueue<unknown>
  readonly settle: (result: RequestResult<unknown>) => void
  readonly createStream: (onNext: () => void, onCancel: () => void) => RequestStream
}

const createReader = (): Reader => {
  const queue = createAsyncQueue<unknown>({ maxItems: Infinity, onOverflow: () => new Error() })
  let settle!: Reader['settle']
  let returned: unknown
  const result = new Promise<RequestResult<unknown>>((resolve) => {
    settle = resolve
  })
  return {
    queue,
    settle: (ended) => {
      returned = ended.data
      settle(ended)
      queue.end(ended.error && toError(ended.error))
    },
    createStream: (onNext, onCancel) => {
      const stream: RequestStream = {
        next: async () => {
          const { done, value } = await queue.next()
          if (done) return { done, value: returned }
          onNext()
          return { done: false, value }
        },
        return: async () => {
          stream.cancel()
          return { done: true, value: undefined }
        },
        cancel: () => {
          // First, so that the end of the request is no error for the reader.
          void queue.iterator.return?.()
          onCancel()
        },
        result: result as RequestStream['result'],
        [Symbol.asyncIterator]: () => stream,
      }
      return stream
    },
  }
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
  const { signal, timeout = 10_000, whenOffline = 'queue', window = 32 } = options
  const reader = createReader()
  const refusal = refusalOf(rpc, options, context.part(stepScope).link !== undefined)
  if (refusal) {
    passOn(rpc, command, { delivery: 'dropped' }, next)
    reader.settle({ error: refusal })
    return reader.createStream(
      () => {},
      () => {},
    )
  }
  const streams = context.part(streamsOf)
  const onEnd = (result: RequestResult<unknown>): void => {
    stopTimers(state)
    streams.delete(request)
    rpc.count.add(-1)
    reader.settle(result)
  }
  const request = addRequest(rpc, command.payload as CallPayload, { timeout: Infinity, signal }, onEnd, {})
  const { queue } = reader
  const state: StreamState = {
    rpc,
    request,
    queue,
    timeout,
    window,
    credit: window,
    read: 0,
    cancelConfirm: undefined,
    cancelTimeout: undefined,
  }
  streams.set(request, state)
  rpc.count.add(1)
  request.message.stream = { window }
  restartTimeout(state)
  passOn(rpc, command, rpc.send(request.message, { id: request.sendId, whenOffline }), next)
  return reader.createStream(
    () => onRead(state),
    () => giveUp(rpc, request, requestErrors.aborted()),
  )
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
 * Creates `requestStream` of a connection, typed as its RPC actions are.
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
