import { REQUEST_CANCELLED, SERVER_CLOSING, TOO_MANY, type RpcCall, type RpcId } from '../../internal/jsonRpc.js'
import { retainedSize } from '../retainedSize.js'
import type { CallContext } from '../types.js'
import type { WorkCount } from '../work.js'
import type { Caller, OpenCall } from './callExecutor.js'
import type { CallSignal, CallSignals } from './callSignals.js'
import { RpcError } from './RpcError.js'
import { createStreamCredits, type StreamCredit, type StreamCredits } from './streamCredits.js'

/** The running calls of one connection. */
export interface RunningCalls {
  /** Accepts a call: it may start now, or in its turn. @throws RpcError when there are too many, or the server is closing */
  readonly open: Caller['openCall']
  /** Cancels the call with this id. Unknown ids are ignored. */
  readonly cancel: (id: unknown) => void
  /** The client has read so many chunks of the reply to the call with this id. Returns false for an unknown id, or without such chunks. */
  readonly confirm: (id: unknown, count: unknown) => boolean
  /** Refuses all further requests. Notifications are still accepted. */
  readonly refuseFurther: () => void
  /** Resolves when no call is running. */
  readonly whenIdle: () => Promise<void>
  /** The client has left: the calls that wait are cancelled. Those that run go on, and count until they end. */
  readonly end: () => void
}

/** The part of a call's context that all calls of a connection share. */
export type CallContextBase = Omit<CallContext, 'push' | 'signal' | 'isRedelivered'>

/** Creates the context of a call. Its signal is created when it is first read. */
export const createCallContext = (
  { req, ws, connection, user, params }: CallContextBase,
  push: CallContext['push'],
  signal: () => AbortSignal,
  isRedelivered = false,
): CallContext => ({
  req,
  ws,
  connection,
  user,
  params,
  push,
  isRedelivered,
  get signal() {
    return signal()
  },
})

/** What {@link createRunningCalls} needs. */
export interface RunningCallsConfig {
  /** What is the same for all calls, and the address of the caller. Read when a call starts: a session gets another request when it is resumed. */
  readonly base: CallContextBase & { readonly ip: string }
  /** Whether the call that arrives may have run before. */
  readonly isRedelivered?: (() => boolean) | undefined
  readonly signals: Pick<CallSignals, 'create'>
  readonly work: WorkCount
  /** The number of calls that run at once, and of those that may wait for that. */
  readonly limit: number
  readonly maxWaiting: number
  /** The memory that the params of all of them may take. */
  readonly maxBytes: number
}

/** A call that waits for its turn. */
interface WaitingCall {
  readonly start: () => void
  readonly cancel: () => void
}

/** A call that the client may cancel, and whose chunks it confirms. */
interface CallById extends Pick<CallSignal, 'abort'> {
  credit?: StreamCredit
}

interface CallsState extends RunningCallsConfig {
  byId: Map<RpcId, CallById> | undefined
  /** Created with the first reply in chunks. */
  credits: StreamCredits | undefined
  /** All calls, those that wait included. */
  open: number
  /** The calls that have their turn. */
  running: number
  /** Created with the first that waits. */
  waiting: Set<WaitingCall> | undefined
  bytes: number
  isRefusing: boolean
  idleWaiters: (() => void)[]
}

const BUSY = 'The server is busy: try again later'

/** The protocol's own methods need no turn: `unsubscribe` frees what it is about, and calls of `subscribe` are counted as subscriptions. */
const needsTurn = ({ method }: RpcCall): boolean => method !== 'subscribe' && method !== 'unsubscribe'

/** @throws RpcError for a call that has to be refused */
const checkCall = (state: CallsState, call: RpcCall): void => {
  const { limit, maxWaiting, running, waiting, isRefusing } = state
  // A notification has no reply: the client cannot learn that it should send it again.
  if (isRefusing && call.id !== undefined) throw new RpcError(SERVER_CLOSING, 'The server is closing: try again later')
  if (needsTurn(call) && running >= limit && (waiting?.size ?? 0) >= maxWaiting)
    throw new RpcError(TOO_MANY, `More than ${limit + maxWaiting} requests at once`)
}

/** Counts a call and the memory of its params. Returns what ends that. @throws RpcError */
const countCall = (state: CallsState, call: RpcCall): (() => void) => {
  const bytes = retainedSize(call.params)
  if (state.open > 0 && state.bytes + bytes > state.maxBytes)
    throw new RpcError(TOO_MANY, `The params of the requests take more than ${state.maxBytes} bytes`)
  const release = state.work.keep(bytes)
  if (!release) throw new RpcError(TOO_MANY, BUSY)
  state.open++
  state.bytes += bytes
  return () => {
    release()
    state.bytes -= bytes
    if (--state.open > 0) return
    const { idleWaiters } = state
    state.idleWaiters = []
    for (const resolve of idleWaiters) resolve()
  }
}

/** The turn of a call among those of its connection. */
interface Turn {
  /** `undefined` when the call need not wait. Rejects when it is cancelled first. */
  readonly come: Promise<void> | undefined
  readonly cancel: () => void
  readonly end: () => void
}

const noTurn: Turn = { come: undefined, cancel: () => {}, end: () => {} }

const endTurn = (state: CallsState): void => {
  state.running--
  const [next] = state.waiting ?? []
  next?.start()
}

const takeTurn = (state: CallsState): Turn => {
  let hasTurn = false
  const start = () => {
    hasTurn = true
    state.running++
  }
  const end = () => {
    if (hasTurn) endTurn(state)
    hasTurn = false
  }
  if (state.running < state.limit) {
    start()
    return { ...noTurn, end }
  }
  let cancel = () => {}
  const come = new Promise<void>((resolve, reject) => {
    const leave = () => state.waiting?.delete(call)
    cancel = () => void (leave() && reject(new RpcError(REQUEST_CANCELLED, 'Request cancelled')))
    const call: WaitingCall = {
      start: () => {
        leave()
        start()
        resolve()
      },
      cancel,
    }
    state.waiting = (state.waiting ?? new Set<WaitingCall>()).add(call)
  })
  return { come, cancel, end }
}

const openCall = (state: CallsState, call: RpcCall): OpenCall => {
  const { base, signals, work } = state
  checkCall(state, call)
  const uncount = countCall(state, call)
  const signal = signals.create()
  // Read now: the call may start when later frames are processed.
  const isRedelivered = state.isRedelivered?.()
  const turn = needsTurn(call) ? takeTurn(state) : noTurn
  let isCancelled = false
  const cancellable: CallById = {
    abort: () => {
      isCancelled = true
      signal.abort()
      turn.cancel()
    },
  }
  const { id, method } = call
  if (id !== undefined) state.byId = (state.byId ?? new Map<RpcId, CallById>()).set(id, cancellable)
  let endWork: (() => void) | undefined
  return {
    turn: turn.come,
    start: () => {
      endWork = work.begin(base.ip)
      if (!endWork) throw new RpcError(TOO_MANY, BUSY)
      const push = (data: unknown) => base.connection?.push(method, data) ?? false
      return createCallContext(base, push, signal.get, isRedelivered)
    },
    // A method that reacts to its signal may do so by throwing.
    isCancelled: () => isCancelled || signal.isAborted(),
    signal: signal.get,
    openCredit: (window) => (cancellable.credit = (state.credits ??= createStreamCredits()).open(window)),
    end: () => {
      endWork?.()
      turn.end()
      if (id !== undefined && state.byId?.get(id) === cancellable) state.byId.delete(id)
      signal.end()
      uncount()
    },
  }
}

/** Creates the table of one connection, or of one request over HTTP. */
export const createRunningCalls = (config: RunningCallsConfig): RunningCalls => {
  const { base, signals, work, limit, maxWaiting, maxBytes, isRedelivered } = config
  // Not spread: an object of its own shape for each connection takes more memory than all that is in it.
  const state: CallsState = {
    base,
    signals,
    work,
    limit,
    maxWaiting,
    maxBytes,
    isRedelivered,
    byId: undefined,
    credits: undefined,
    open: 0,
    running: 0,
    waiting: undefined,
    bytes: 0,
    isRefusing: false,
    idleWaiters: [],
  }
  return {
    open: (call) => openCall(state, call),
    cancel: (id) => state.byId?.get(id as RpcId)?.abort(),
    confirm: (id, count) =>
      Number.isInteger(count) &&
      (count as number) > 0 &&
      state.byId?.get(id as RpcId)?.credit?.confirm(count as number) === true,
    refuseFurther: () => {
      state.isRefusing = true
    },
    whenIdle: async () => {
      if (state.open > 0) await new Promise<void>((resolve) => state.idleWaiters.push(resolve))
    },
    end: () => {
      for (const { cancel } of Array.from(state.waiting ?? [])) cancel()
    },
  }
}
