import { messageOf } from '../internal/errors.js'
import { createGuard, type Guard } from '../internal/guard.js'
import { createServerLog, type ServerLog } from './operations/serverLog.js'
import { createThrottledReport, escapeControls, type Report } from './problems.js'
import type { ServerConnection, ServerProblem } from './types.js'

/** Creates a guard for callbacks of the app. What they throw is reported as `listener_failed`, with the connection it concerns. */
export type GuardFor = (connection?: ServerConnection) => Guard

/** What gets problems beside the listeners. */
export interface ReportOperations {
  readonly log: Pick<ServerLog, 'problem'>
  /** Called for each problem, also for those that are left out. */
  readonly onProblem?: ((code: string) => void) | undefined
}

/**
 * Creates a report that calls the listeners of that moment and writes to the log, which is the console when nobody listens. Above 20 problems of one kind in
 * a second it only says how many there were.
 */
export const createReport = (
  listeners: () => readonly ((problem: ServerProblem) => unknown)[],
  { log, onProblem }: ReportOperations = { log: createServerLog(undefined) },
): Report => {
  const logListenerError = (error: unknown): void => {
    const message = `A listener to "error" threw: ${messageOf(error)}`
    log.problem({ code: 'listener_failed', message: escapeControls(message), error }, false)
  }
  const report = createThrottledReport((problem) => {
    const current = listeners()
    log.problem(problem, current.length > 0)
    for (const listener of current) {
      try {
        void Promise.resolve(listener(problem)).catch(logListenerError)
      } catch (error) {
        logListenerError(error)
      }
    }
  })
  return (problem) => {
    onProblem?.(problem.code)
    report(problem)
  }
}

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
