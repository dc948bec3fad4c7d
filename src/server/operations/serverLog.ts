import { inspect } from 'node:util'
import { reportToConsole } from '../../internal/environment.js'
import { createThrottle, escapeLines } from '../problems.js'
import type { ServerProblem } from '../types.js'
import { toLogError, toLogText } from './logText.js'

/** A function of a logger: the fields of the line, then its text. */
export type LogMethod = (fields: object, text: string) => unknown

/** Where a server writes its log: a logger of pino, or another one of that shape. */
export interface ServerLogger {
  /** The server or the app has a fault. */
  readonly error: LogMethod
  /** Something went wrong, mostly because of a client or the network. */
  readonly warn: LogMethod
  /** The server listens, closes, has refused a client, or its bus is connected again. */
  readonly info: LogMethod
  /** A client has connected or disconnected. */
  readonly debug: LogMethod
}

/** The level of a line. */
export type LogLevel = keyof ServerLogger

/** An event in the life of a server. Of each kind at most 20 in a second are logged. */
export interface LogEvent {
  readonly level: LogLevel
  readonly kind: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The log of one server. Nothing here throws. */
export interface ServerLog {
  /** Logs a problem. Without a logger it is printed to the console, unless a listener gets it. */
  readonly problem: (problem: ServerProblem, hasListeners: boolean) => void
  /** Logs an event. Without a logger nothing happens. */
  readonly event: (event: LogEvent) => void
}

/** The problems that are faults of the app or its system. All others can be caused by a client or the network. */
const faults: ReadonlySet<string> = new Set([
  'bus_failed',
  'encode_failed',
  'handler_failed',
  'handler_slow',
  'invalid_verdict',
  'listen_failed',
  'session_data',
  'session_store_failed',
  'listener_failed',
])

/** Errors that quote the text they are about: JSON.parse shows a piece of it. */
const quotesText = (code: string): boolean => code === 'invalid_frame' || code === 'bus_message_invalid'

interface LogState {
  readonly logger: ServerLogger
  /** Whether the logger has thrown. */
  hasFailed: boolean
}

const PREFIX = 'reduplex/server'

/** An error as it is printed: its text may quote what a client has sent. */
const printed = (error: unknown): string => (error === undefined || error === null ? '' : escapeLines(inspect(error)))

const onLoggerFailed = (state: LogState, error: unknown): void => {
  if (state.hasFailed) return
  state.hasFailed = true
  reportToConsole(`${PREFIX}: the option "logger" threw:`, printed(error))
}

const callLogger = (state: LogState, level: LogLevel, fields: object, text: string): void => {
  try {
    const result: unknown = state.logger[level](fields, `${PREFIX}: ${toLogText(text)}`)
    // An async function, or a thenable.
    void Promise.resolve(result).catch((error: unknown) => onLoggerFailed(state, error))
  } catch (error) {
    onLoggerFailed(state, error)
  }
}

// The connection is not logged: its request may contain a token.
const logProblem = (state: LogState, { code, message, error, connection }: ServerProblem): void => {
  const fields = {
    code: toLogText(code),
    ...(connection && { connection: connection.id, ip: toLogText(connection.ip) }),
    ...(error !== undefined && !quotesText(code) && { err: toLogError(error) }),
  }
  callLogger(state, faults.has(code) ? 'error' : 'warn', fields, `${code}: ${message}`)
}

// The connection is not printed, for the same reason. Nor is an error that quotes a text.
const printProblem = ({ code, message, error }: ServerProblem): void =>
  reportToConsole(`${PREFIX}: ${code}: ${message}`, quotesText(code) ? '' : printed(error))

const printUnheard: ServerLog['problem'] = (problem, hasListeners) => {
  if (!hasListeners) printProblem(problem)
}

const toSafeFields = (fields: LogEvent['fields']): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? toLogText(value) : value]),
  )

/** Creates the log of a server. Its problems are throttled where they are reported. */
export const createServerLog = (logger: ServerLogger | undefined): ServerLog => {
  if (!logger) return { problem: printUnheard, event: () => {} }
  const state: LogState = { logger, hasFailed: false }
  return {
    problem: (problem) => logProblem(state, problem),
    event: createThrottle<LogEvent>(
      ({ kind }) => kind,
      ({ level, fields, message }) => callLogger(state, level, toSafeFields(fields), message),
      ({ level, kind, message }, leftOut) => ({
        level,
        kind,
        message: `${leftOut} more of these were left out within a second: ${message}`,
        fields: { event: kind, leftOut },
      }),
    ),
  }
}
