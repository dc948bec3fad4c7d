import { reportToConsole } from '../internal/environment.js'
import { messageOf } from '../internal/errors.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ServerProblem } from './types.js'

/** Tells the app that something went wrong. It never throws. */
export type Report = (problem: ServerProblem) => void

/** Runs a piece of the app's code; what it throws, or rejects with, is reported and goes no further. */
export type Guard = <Result>(what: string, about: ServerProblem['connection'], task: () => Result) => Result | undefined

/** The report that goes to whoever listens, and to the console where nobody does. */
export const createReport =
  (listeners: () => readonly ((problem: ServerProblem) => unknown)[]): Report =>
  (problem) => {
    const told = listeners()
    if (told.length === 0) print(problem)
    for (const listener of told) {
      try {
        void Promise.resolve(listener(problem)).catch((error: unknown) => printSlip(error))
      } catch (error) {
        printSlip(error)
      }
    }
  }

/** What JSON.parse throws has a piece of the text in it. */
const isAboutText = (code: string): boolean => code === 'invalid_frame' || code === 'bus_message_invalid'

// The request is not printed: its address and headers may hold a token. So may a text that cannot be read.
const print = ({ code, message, error }: ServerProblem): void =>
  reportToConsole(`reduplex/server: ${code}: ${message}`, isAboutText(code) ? '' : (error ?? ''))

const printSlip = (error: unknown): void =>
  reportToConsole('reduplex/server: a listener to errors failed itself:', error)

/** A guard that reports under `code`. */
export const createGuard = (report: Report, code = 'listener_failed'): Guard => {
  const slip = (what: string, connection: ServerProblem['connection'], error: unknown): void =>
    report({ code, message: `${what} threw: ${messageOf(error)}`, error, ...(connection && { connection }) })
  return (what, connection, task) => {
    try {
      const result = task()
      if (isPromiseLike(result)) result.then(undefined, (error: unknown) => slip(what, connection, error))
      return result
    } catch (error) {
      slip(what, connection, error)
      return undefined
    }
  }
}

/** What is told of a value that a codec cannot take. */
export const encodeProblem = (error: unknown): ServerProblem => ({
  code: 'encode_failed',
  message: `The codec cannot encode a message: ${messageOf(error)}`,
  error,
})
