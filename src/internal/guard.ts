import { isPromiseLike } from './maybePromise.js'

/** Runs a callback of the app. What it throws or rejects with is reported and goes no further; the result is then `undefined`. */
export type Guard = <Result>(what: string, callback: () => Result) => Result | undefined

/** Creates a guard. `report` gets what was called and what it threw; it must not throw. */
export const createGuard =
  (report: (what: string, error: unknown) => void): Guard =>
  (what, callback) => {
    try {
      const result = callback()
      if (isPromiseLike(result)) result.then(undefined, (error: unknown) => report(what, error))
      return result
    } catch (error) {
      report(what, error)
      return undefined
    }
  }
