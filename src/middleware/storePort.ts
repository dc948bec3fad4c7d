import { DEFAULT_NAME, prefixOf } from '../actions/creators.js'
import { now } from '../internal/clock.js'
import { reportToConsole } from '../internal/environment.js'
import { callbackProblem } from '../internal/errors.js'
import { createGuard } from '../internal/guard.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { StorePort } from './feature.js'
import type { SocketMiddlewareOptions } from './options.js'
import { createStateSync } from './stateSync.js'

/** What is read of a MiddlewareAPI. Its members are functions that need no `this`. */
interface StoreApi {
  readonly dispatch: (action: never) => unknown
  readonly getState: () => unknown
}

/** The extra argument of the store's thunks; `undefined` in a store without thunks. */
const readExtra = ({ dispatch }: StoreApi): unknown => {
  try {
    return dispatch(((_dispatch: unknown, _getState: unknown, extra: unknown) => extra) as never)
  } catch {
    return undefined
  }
}

/** Creates `contextWith` of a port. */
const createContextWith =
  (api: StoreApi): StorePort['contextWith'] =>
  (members) =>
    ({
      ...members,
      dispatch: api.dispatch,
      getState: api.getState,
      get extra() {
        return readExtra(api)
      },
    }) as never

/** Creates the port of one connection, and what keeps the store's entry true. */
export const createStorePort = ({ actions }: SocketMiddlewareOptions, api: StoreApi, { enqueue }: TaskQueue) => {
  const name = actions?.name ?? DEFAULT_NAME
  const prefix = prefixOf(name)
  const dispatch = api.dispatch as (action: unknown) => unknown

  const toAction = (verb: string, payload: unknown, meta?: object) => {
    const type = `${prefix}/${verb}`
    return { type, payload, meta: { ...meta, socket: name } }
  }
  const reportError = (what: string, error: unknown) => {
    const problem = callbackProblem(what, error)
    if (__DEV__) reportToConsole(`reduplex: ${problem.message}`, error)
    enqueue(() => {
      try {
        sync.record('error', problem)
        dispatch(toAction('error', problem))
      } catch {
        // A reducer that always throws: only the console is left.
        if (!__DEV__) reportToConsole(`reduplex: ${problem.message}`, error)
      }
    })
  }
  // By hand, not with `guard`: every message passes here.
  const tryDispatch: StorePort['dispatch'] = (action, next = dispatch) => {
    try {
      return next(port.stamp ? port.stamp(action) : action)
    } catch (error) {
      reportError(`dispatch(${action.type})`, error)
      return undefined
    }
  }
  const emit = (verb: string, payload: unknown, meta?: object): void => {
    sync.record(verb, payload)
    tryDispatch(toAction(verb, payload, meta))
  }
  const sync = createStateSync(name, api, (entry) => tryDispatch(toAction('changed', entry)))
  const port: StorePort = {
    name,
    prefix,
    getState: api.getState,
    dispatch: tryDispatch,
    guard: createGuard(reportError),
    // Without a socket no `closed` has told the time.
    emit: ({ type, payload }) => emit(type, type === 'failed' ? { ...(payload as object), at: now() } : payload),
    emitCommand: (verb, payload) => emit(verb, payload, { delivery: 'handled' }),
    expect: sync.patch,
    contextWith: createContextWith(api),
  }
  return { port, sync }
}
