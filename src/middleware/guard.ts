import { reportToConsole } from '../internal/environment.js'
import { messageOf, type Problem } from '../internal/errors.js'

/** Runs a user's callback. What it throws is reported and breaks nothing else; the result is then `undefined`. */
export type Guard = <Result>(what: string, callback: () => Result) => Result | undefined

/** Creates the guard of one connection. When even the report throws (a reducer that always does), the console is told. */
export const createGuard =
  (report: (problem: Problem) => void): Guard =>
  (what, callback) => {
    try {
      return callback()
    } catch (error) {
      const message = `${what} threw: ${messageOf(error)}`
      try {
        report({ code: 'callback_failed', message })
      } catch {
        reportToConsole(`reduplex: ${message}`, error)
      }
      return undefined
    }
  }
