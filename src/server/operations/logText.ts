import { inspect } from 'node:util'
import { escapeControls } from '../problems.js'

/** The length of the longest text in a log, in UTF-16 units. */
const MAX_LENGTH = 2_000

/** Returns a text for one line of a log: without control characters, and not longer than 2000 characters. */
export const toLogText = (text: string): string =>
  escapeControls(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text)

/**
 * An error for a log: without control characters, and with members that JSON shows too. It is an Error, because loggers treat errors in a way of their own.
 */
export interface LogError extends Error {
  /** The name of its class, such as `TypeError`. */
  readonly type: string
  readonly code?: string
}

/** The number of causes that are logged. */
const MAX_CAUSES = 3

const isStackLine = (line: string): boolean => /^\s+at /.test(line)

/** Returns the stack without the message that it begins with, which may contain line breaks. */
const stackLinesOf = ({ name, message, stack }: Error): string[] => {
  const text = typeof stack === 'string' ? stack : ''
  const heading = `${name}: ${message}`
  return (text.startsWith(heading) ? text.slice(heading.length) : text).split('\n').filter(isStackLine)
}

const createLogError = (members: Pick<LogError, 'type' | 'message'> & Partial<LogError>, type?: unknown): LogError => {
  const error = new Error(members.message)
  // pino shows the name of the constructor.
  if (typeof type === 'function') Object.defineProperty(error, 'constructor', { value: type })
  // Enumerable, for JSON.
  for (const [name, value] of Object.entries(members)) Object.defineProperty(error, name, { value, enumerable: true })
  return error as LogError
}

/** Converts what was thrown to an error for a log. Never throws. */
export const toLogError = (thrown: unknown, causes = MAX_CAUSES): LogError => {
  try {
    if (!(thrown instanceof Error)) {
      const text = typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2, breakLength: Infinity })
      return createLogError({ type: typeof thrown, message: toLogText(text), stack: '' })
    }
    const { code, cause } = thrown as { code?: unknown; cause?: unknown }
    const type = toLogText(thrown.name)
    const message = toLogText(thrown.message)
    const members = {
      type,
      message,
      stack: [`${type}: ${message}`, ...stackLinesOf(thrown).map(toLogText)].join('\n'),
      ...((typeof code === 'string' || typeof code === 'number') && { code: toLogText(String(code)) }),
      ...(cause !== undefined && causes > 0 && { cause: toLogError(cause, causes - 1) }),
    }
    return createLogError(members, thrown.constructor)
  } catch {
    // A getter, a proxy or a custom inspection threw.
    return createLogError({ type: typeof thrown, message: 'an error that cannot be read', stack: '' })
  }
}
