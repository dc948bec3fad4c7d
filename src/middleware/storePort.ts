import type { Action, MiddlewareAPI } from '@reduxjs/toolkit'
import { DEFAULT_NAME, prefixOf } from '../actions/creators.js'
import type { ConnectionEvent } from '../connection/hooks.js'
import { callbackProblem } from '../internal/errors.js'
import { reportToConsole } from '../internal/environment.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { createGuard } from '../internal/guard.js'
import type { SocketMiddlewareOptions } from './options.js'

/** What a connection sees of its store. */
export type StorePort = ReturnType<typeof createStorePort>

/** Creates it. None of its members throws: what a reducer or another middleware throws becomes a `socketError`. */
export const createStorePort = ({ actions }: SocketMiddlewareOptions, api: MiddlewareAPI, { enqueue }: TaskQueue) => {
  const name = actions?.name ?? DEFAULT_NAME
  const prefix = prefixOf(name)
  const toAction = (type: string, payload: unknown, meta?: object) => ({
    type: `${prefix}/${type}`,
    payload,
    meta: { ...meta, socket: name },
  })
  const guard = createGuard((what, error) =>
    enqueue(() => {
      const problem = callbackProblem(what, error)
      try {
        api.dispatch(toAction('error', problem))
      } catch {
        // A reducer that always throws: only the console is left.
        reportToConsole(`reduplex: ${problem.message}`, error)
      }
    }),
  )
  /** Dispatches, or passes to `to`. */
  const dispatch = (action: Action, to: (action: never) => unknown = api.dispatch) =>
    guard(__DEV__ ? `Dispatching "${action.type}"` : action.type, () => to(action as never))
  return {
    name,
    prefix,
    guard,
    api,
    dispatch,
    emit: ({ type, payload }: ConnectionEvent) => void dispatch(toAction(type, payload)),
    /** A command that the connection gave itself; the reducers treat it as carried out. */
    acted: (verb: string, payload?: unknown) => void dispatch(toAction(verb, payload, { delivery: 'handled' })),
  }
}
