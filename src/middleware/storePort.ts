import type { Action, MiddlewareAPI } from '@reduxjs/toolkit'
import { DEFAULT_NAME, prefixOf } from '../actions/creators.js'
import { reportToConsole } from '../internal/environment.js'
import { callbackProblem } from '../internal/errors.js'
import { createGuard } from '../internal/guard.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { StorePort } from './feature.js'
import type { SocketMiddlewareOptions } from './options.js'
import { createStateSync } from './stateSync.js'

/** The extra argument of the store's thunks; `undefined` in a store without thunks. */
const readExtra = ({ dispatch }: MiddlewareAPI): unknown => {
  try {
    return dispatch(((_dispatch: unknown, _getState: unknown, extra: unknown) => extra) as never)
  } catch {
    return undefined
  }
}

/** Creates the port of one connection, and what keeps the store's entry true. */
export const createStorePort = ({ actions }: SocketMiddlewareOptions, api: MiddlewareAPI, { enqueue }: TaskQueue) => {
  const name = actions?.name ?? DEFAULT_NAME
  const prefix = prefixOf(name)
  const { dispatch, getState } = api
  const toAction = (verb: string, payload: unknown, meta?: object) => ({
    type: `${prefix}/${verb}`,
    payload,
    meta: { ...meta, socket: name },
  })
  const guard = createGuard((what, error) => {
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
  })
  const sync = createStateSync(name, getState, (entry) => port.dispatch(toAction('changed', entry)))
  const port: StorePort = {
    name,
    prefix,
    guard,
    getState,
    dispatch: (action, next = dispatch as (action: unknown) => unknown) =>
      guard(`dispatch(${action.type})`, () => next(action)),
    emit: ({ type, payload }) => {
      sync.record(type, payload)
      port.dispatch(toAction(type, payload))
    },
    emitCommand: (verb, payload) => {
      sync.record(verb, payload)
      port.dispatch(toAction(verb, payload, { delivery: 'handled' }))
    },
    contextWith: (members) =>
      Object.defineProperty({ ...members, dispatch, getState }, 'extra', {
        get: () => readExtra(api),
        enumerable: true,
      }) as never,
  }
  return { port, sync }
}
