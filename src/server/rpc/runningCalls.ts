import { SERVER_CLOSING, TOO_MANY, type RpcCall, type RpcId } from '../../internal/jsonRpc.js'
import { retainedSize } from '../retainedSize.js'
import type { CallContext } from '../types.js'
import type { WorkCount } from '../work.js'
import type { Caller, OpenCall } from './callExecutor.js'
import type { CallSignal, CallSignals } from './callSignals.js'
import { RpcError } from './RpcError.js'

/** The running calls of one connection. */
export interface RunningCalls {
  /** Starts a call. @throws RpcError when there are too many, or the server is closing */
  readonly open: Caller['openCall']
  /** Cancels the call with this id. Unknown ids are ignored. */
  readonly cancel: (id: unknown) => void
  /** Refuses all further requests. Notifications are still accepted. */
  readonly refuseFurther: () => void
  /** Resolves when no call is running. */
  readonly whenIdle: () => Promise<void>
}

/** The part of a call's context that all calls of a connection share. */
export type CallContextBase = Omit<CallContext, 'push' | 'signal'>

/** Creates the context of a call. Its signal is created when it is first read. */
export const createCallContext = (
  { req, ws, connection, user, params }: CallContextBase,
  push: CallContext['push'],
  signal: () => AbortSignal,
): CallContext => ({
  req,
  ws,
  connection,
  user,
  params,
  push,
  get signal() {
    return signal()
  },
})

/** What {@link createRunningCalls} needs. */
export interface RunningCallsConfig {
  readonly base: CallContextBase
  readonly signals: Pick<CallSignals, 'create'>
  /** The address of the caller. */
  readonly ip: string
  readonly work: WorkCount
  /** The number of calls at once. */
  readonly limit: number
  /** The memory that the params of all of them may take. */
  readonly maxBytes: number
}

interface CallsState extends RunningCallsConfig {
  byId: Map<RpcId, CallSignal> | undefined
  /** All running calls, and those among them that count for the limit. */
  running: number
  counted: number
  bytes: number
  isRefusing: boolean
  idleWaiters: (() => void)[]
}

/** The protocol's own methods: `unsubscribe` frees what it is about, and calls of `subscribe` are counted as subscriptions. */
const isCounted = ({ method }: RpcCall): boolean => method !== 'subscribe' && method !== 'unsubscribe'

/** Counts a call and its params. Returns what ends that. @throws RpcError */
const countCall = (state: CallsState, call: RpcCall): (() => void) => {
  const counts = isCounted(call) ? 1 : 0
  // A notification has no reply: the client cannot learn that it should send it again.
  if (state.isRefusing && call.id !== undefined)
    throw new RpcError(SERVER_CLOSING, 'The server is closing: try again later')
  if (counts > 0 && state.counted >= state.limit)
    throw new RpcError(TOO_MANY, `More than ${state.limit} requests at once`)
  const bytes = retainedSize(call.params)
  if (state.running > 0 && state.bytes + bytes > state.maxBytes)
    throw new RpcError(TOO_MANY, `The params of the requests take more than ${state.maxBytes} bytes`)
  const endWork = state.work.begin(state.ip, bytes)
  if (!endWork) throw new RpcError(TOO_MANY, 'The server is busy: try again later')
  state.running++
  state.counted += counts
  state.bytes += bytes
  return () => {
    endWork()
    state.running--
    state.counted -= counts
    state.bytes -= bytes
  }
}

const endCall = (state: CallsState, { id }: RpcCall, signal: CallSignal): void => {
  if (id !== undefined && state.byId?.get(id) === signal) state.byId.delete(id)
  signal.end()
  if (state.running > 0) return
  const { idleWaiters } = state
  state.idleWaiters = []
  for (const resolve of idleWaiters) resolve()
}

const openCall = (state: CallsState, call: RpcCall): OpenCall => {
  const { base, signals } = state
  const uncount = countCall(state, call)
  const signal = signals.create()
  let isCancelled = false
  const cancellable: CallSignal = {
    ...signal,
    abort: () => {
      isCancelled = true
      signal.abort()
    },
  }
  if (call.id !== undefined) state.byId = (state.byId ?? new Map<RpcId, CallSignal>()).set(call.id, cancellable)
  const push = (data: unknown) => base.connection?.push(call.method, data) ?? false
  return {
    context: createCallContext(base, push, signal.get),
    // A method that reacts to its signal may do so by throwing.
    isCancelled: () => isCancelled || signal.isAborted(),
    end: () => {
      uncount()
      endCall(state, call, cancellable)
    },
  }
}

/** Creates the table of one connection, or of one request over HTTP. */
export const createRunningCalls = (config: RunningCallsConfig): RunningCalls => {
  const { base, signals, ip, work, limit, maxBytes } = config
  // Not spread: an object of its own shape for each connection takes more memory than all that is in it.
  const state: CallsState = {
    base,
    signals,
    ip,
    work,
    limit,
    maxBytes,
    byId: undefined,
    running: 0,
    counted: 0,
    bytes: 0,
    isRefusing: false,
    idleWaiters: [],
  }
  return {
    open: (call) => openCall(state, call),
    cancel: (id) => state.byId?.get(id as RpcId)?.abort(),
    refuseFurther: () => {
      state.isRefusing = true
    },
    whenIdle: async () => {
      if (state.running > 0) await new Promise<void>((resolve) => state.idleWaiters.push(resolve))
    },
  }
}
