import { prefixOf, withMatch } from '../actions/creators.js'
import { codedError, problemOf, show } from '../internal/errors.js'
import type { CommandAction, ConnectionContext } from '../middleware/feature.js'
import { sizeOf } from '../middleware/binarySize.js'
import type { Rpc } from './rpc.js'

/** Carries out a command. `next` passes it on to the reducers. */
export type RunCommand = (
  context: ConnectionContext,
  command: CommandAction,
  next: (action: unknown) => unknown,
) => unknown

/** The payload of a command, and its options, which stand in `meta`. */
interface Prepared {
  readonly payload: unknown
  readonly options?: object | undefined
}

/** Creates the creator of a command that carries its code. */
export const commandOf = <Args extends unknown[]>(
  socket: string,
  verb: string,
  run: RunCommand,
  prepare: (...args: Args) => Prepared,
) => {
  const type = `${prefixOf(socket)}/${verb}`
  return withMatch(socket, type, (...args: Args) => {
    const { payload, options } = prepare(...args)
    return { type, payload, meta: { ...options, socket, run } }
  })
}

/** Throws `invalid_option` for a name that is not a string. Development only. */
export const checkName = (verb: string, what: 'method' | 'channel', name: unknown): void => {
  if (typeof name === 'string' || (what === 'method' ? typeof name === 'number' : Array.isArray(name))) return
  throw codedError('invalid_option', `${verb}: expected the name of a ${what}, got ${show(name)}.`)
}

/** A payload for the reducers. Params that cannot be converted are left out. Those that contain themselves were refused by the codec, which was reported. */
export const toReducerPayload = (rpc: Rpc, payload: unknown): unknown => {
  try {
    return rpc.pipeline.toPlain(payload, sizeOf)
  } catch (error) {
    if (Array.isArray(payload)) return payload.map((part) => toReducerPayload(rpc, part))
    const problem = problemOf(error, '')
    if (problem.code) rpc.connection.events.report(problem)
    const { params: _params, ...rest } = payload as { readonly params?: unknown }
    return rest
  }
}

/** Options for the reducers: functions, signals and lists of calls are left out. */
const isPlainOption = ([, value]: readonly [string, unknown]): boolean =>
  typeof value !== 'function' && typeof value !== 'object'

/** Passes a command on to the reducers, as plain data, with what became of it. */
export const passOn = (
  rpc: Rpc,
  { type, payload, meta }: CommandAction,
  result: object,
  next: (action: unknown) => unknown,
): void => {
  const options = Object.fromEntries(Object.entries(meta).filter(isPlainOption))
  rpc.store.dispatch({ type, payload: toReducerPayload(rpc, payload), meta: { ...options, ...result } } as never, next)
}
