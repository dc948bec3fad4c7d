import type { CallContext } from '../types.js'
import type { Caller, OpenCall } from './callExecutor.js'
import { rpcCodes, type RpcCall, type RpcId } from './messages.js'
import { RpcError } from './RpcError.js'
import type { LazySignal, Signals } from './callSignals.js'

/** The calls of one connection that are being worked on. */
export interface Calls extends Pick<Caller, 'open'> {
  readonly cancel: (id: unknown) => void
  /** From now on calls are refused. */
  readonly drain: () => void
  /** Resolves when none is left. */
  readonly whenIdle: () => Promise<void>
}

/** What all calls of one connection are told. */
export type CallBase = Omit<CallContext, 'push' | 'signal'>

/** Creates a call's context: the signal is made only for those who ask. */
export const createContext = (
  { req, ws, connection, user, params }: CallBase,
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

/** Creates the table of one connection. */
export const createCalls = (base: CallBase, signals: Pick<Signals, 'create'>, limit: number): Calls => {
  let byId: Map<RpcId, LazySignal> | undefined
  let running = 0
  let isDraining = false
  let idle: (() => void)[] = []

  const end = ({ id }: RpcCall, signal: LazySignal) => {
    if (id !== undefined && byId?.get(id) === signal) byId.delete(id)
    signal.end()
    if (--running > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }

  return {
    open: (call): OpenCall => {
      if (isDraining) throw new RpcError(rpcCodes.closing, 'The server is closing: try again later')
      if (running >= limit) throw new RpcError(rpcCodes.tooMany, `More than ${limit} requests at once`)
      const signal = signals.create()
      let isCancelled = false
      const cancellable: LazySignal = {
        ...signal,
        abort: () => {
          isCancelled = true
          signal.abort()
        },
      }
      if (call.id !== undefined) byId = (byId ?? new Map<RpcId, LazySignal>()).set(call.id, cancellable)
      running++
      const push = (data: unknown) => base.connection?.push(call.method, data) ?? false
      return {
        context: createContext(base, push, signal.get),
        // Who was told to stop may well stop by throwing.
        isCancelled: () => isCancelled || signal.isAborted(),
        end: () => end(call, cancellable),
      }
    },
    cancel: (id) => byId?.get(id as RpcId)?.abort(),
    drain: () => {
      isDraining = true
    },
    whenIdle: async () => {
      if (running > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
