import { inspect } from 'node:util'
import { reportToConsole } from '../internal/environment.js'
import { messageOf } from '../internal/errors.js'
import { createGuard, type Guard } from '../internal/guard.js'
import { createThrottledReport, escapeLines, type Report } from './problems.js'
import type { ServerConnection, ServerProblem } from './types.js'

/** Creates a guard for callbacks of the app. What they throw is reported as `listener_failed`, with the connection it concerns. */
export type GuardFor = (connection?: ServerConnection) => Guard

/** Errors that quote the text they are about: JSON.parse shows a piece of it. */
const quotesText = (code: string): boolean => code === 'invalid_frame' || code === 'bus_message_invalid'

/** An error as it is printed: its text may quote what a client has sent. */
const printed = (error: unknown): string => (error === undefined || error === null ? '' : escapeLines(inspect(error)))

// The connection is not printed: its request may contain a token. Nor is an error that quotes a text.
const printProblem = ({ code, message, error }: ServerProblem): void =>
  reportToConsole(`reduplex/server: ${code}: ${message}`, quotesText(code) ? '' : printed(error))

const printListenerError = (error: unknown): void =>
  reportToConsole('reduplex/server: a listener to "error" threw:', printed(error))

/**
 * Creates a report that calls the listeners of that moment, or prints to the console when nobody listens. Above 20 problems of one kind in a second it only
 * says how many there were.
 */
export const createReport = (listeners: () => readonly ((problem: ServerProblem) => unknown)[]): Report =>
  createThrottledReport((problem) => {
    const current = listeners()
    if (current.length === 0) printProblem(problem)
    for (const listener of current) {
      try {
        void Promise.resolve(listener(problem)).catch((error: unknown) => printListenerError(error))
      } catch (error) {
        printListenerError(error)
      }
    }
  })

/** Creates guards that report to `report`. */
export const createGuardFor =
  (report: Report): GuardFor =>
  (connection) =>
    createGuard((what, error) =>
      report({
        code: 'listener_failed',
        message: `${what} threw: ${messageOf(error)}`,
        error,
        ...(connection && { connection }),
      }),
    )

/** Creates the problem of a value that a codec cannot encode. */
export const encodeFailed = (error: unknown): ServerProblem => ({
  code: 'encode_failed',
  message: `The codec cannot encode a message: ${messageOf(error)}`,
  error,
})
