import { SERVER_CLOSING, TOO_MANY, type RpcCall, type RpcId } from '../../internal/jsonRpc.js'
import type { CallContext } from '../types.js'
import type { Caller } from './callExecutor.js'
import type { CallSignal, CallSignals } from './callSignals.js'
import { RpcError } from './RpcError.js'

/** The running calls of one connection. */
export interface RunningCalls {
  /** Starts a call. @throws RpcError when there are too many, or the server is closing */
  readonly open: Caller['openCall']
  /** Cancels the call with this id. Unknown ids are ignored. */
  readonly cancel: (id: unknown) => void
  /** Refuses all further calls. */
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

/** Creates the table of one connection, with room for `limit` calls at once. */
export const createRunningCalls = (
  base: CallContextBase,
  signals: Pick<CallSignals, 'create'>,
  limit: number,
): RunningCalls => {
  let byId: Map<RpcId, CallSignal> | undefined
  let running = 0
  let isRefusing = false
  let idleWaiters: (() => void)[] = []

  const endCall = ({ id }: RpcCall, signal: CallSignal) => {
    if (id !== undefined && byId?.get(id) === signal) byId.delete(id)
    signal.end()
    if (--running > 0) return
    for (const resolve of idleWaiters) resolve()
    idleWaiters = []
  }

  return {
    open: (call) => {
      if (isRefusing) throw new RpcError(SERVER_CLOSING, 'The server is closing: try again later')
      if (running >= limit) throw new RpcError(TOO_MANY, `More than ${limit} requests at once`)
      const signal = signals.create()
      let isCancelled = false
      const cancellable: CallSignal = {
        ...signal,
        abort: () => {
          isCancelled = true
          signal.abort()
        },
      }
      if (call.id !== undefined) byId = (byId ?? new Map<RpcId, CallSignal>()).set(call.id, cancellable)
      running++
      const push = (data: unknown) => base.connection?.push(call.method, data) ?? false
      return {
        context: createCallContext(base, push, signal.get),
        // A method that reacts to its signal may do so by throwing.
        isCancelled: () => isCancelled || signal.isAborted(),
        end: () => endCall(call, cancellable),
      }
    },
    cancel: (id) => byId?.get(id as RpcId)?.abort(),
    refuseFurther: () => {
      isRefusing = true
    },
    whenIdle: async () => {
      if (running > 0) await new Promise<void>((resolve) => idleWaiters.push(resolve))
    },
  }
}
