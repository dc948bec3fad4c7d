import { inspect } from 'node:util'
import { escapeControls } from '../problems.js'

/** The length of the longest text in a log, in UTF-16 units. */
const MAX_LENGTH = 2_000

/** Returns a text for one line of a log: without control characters, and not longer than 2000 characters. */
export const toLogText = (text: string): string =>
  escapeControls(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text)

/** An error for a log, as pino writes errors. */
export interface LogError {
  readonly type: string
  readonly message: string
  /** The lines of the stack. Only this text has line breaks. */
  readonly stack: string
  readonly code?: string
  readonly cause?: LogError
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

/** Converts what was thrown to plain data for a log. Never throws. */
export const toLogError = (thrown: unknown, causes = MAX_CAUSES): LogError => {
  try {
    if (!(thrown instanceof Error)) {
      const message = toLogText(
        typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2, breakLength: Infinity }),
      )
      return { type: typeof thrown, message, stack: '' }
    }
    const { code, cause } = thrown as { code?: unknown; cause?: unknown }
    const type = toLogText(thrown.name)
    const message = toLogText(thrown.message)
    const stack = [`${type}: ${message}`, ...stackLinesOf(thrown).map(toLogText)].join('\n')
    return {
      type,
      message,
      stack,
      ...((typeof code === 'string' || typeof code === 'number') && { code: toLogText(String(code)) }),
      ...(cause !== undefined && causes > 0 && { cause: toLogError(cause, causes - 1) }),
    }
  } catch {
    // A getter, a proxy or a custom inspection threw.
    return { type: typeof thrown, message: 'an error that cannot be read', stack: '' }
  }
}
