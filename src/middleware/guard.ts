import { messageOf, type Problem } from '../internal/errors.js'
import { isPending } from '../internal/lane.js'

/** Runs a user's callback. What it throws is reported and breaks nothing else; the result is then `undefined`. */
export type Guard = <Result>(what: string, callback: () => Result) => Result | undefined

/** Creates the guard of one connection. `report` is called after the work under way, and must not throw. */
export const createGuard =
  (report: (problem: Problem, error: unknown) => void): Guard =>
  (what, callback) => {
    try {
      return callback()
    } catch (error) {
      report({ code: 'callback_failed', message: process.env.NODE_ENV !== 'production' ? `${what} threw: ${messageOf(error)}` : messageOf(error) }, error)
      return undefined
    }
  }

/** The same for a callback that may be async: what it rejects with is reported too. */
export const guardEventual = (guard: Guard, what: string, callback: () => unknown): void => {
  const outcome = guard(what, callback)
  if (!isPending(outcome)) return
  outcome.then(undefined, (error: unknown) =>
    guard(what, () => {
      throw error
    }),
  )
}
