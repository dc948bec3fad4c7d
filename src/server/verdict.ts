import { types } from 'node:util'
import type { Report } from './problems.js'

/**
 * What `authorize` returns to let a client in, and what becomes `connection.user`: `true`, a text that is not empty, a number other than 0 and NaN, or an
 * object that is neither iterable (a list, a Map) nor an Error. Its member `expiresAt`, if it has one, is a Date or milliseconds since the epoch; its member
 * `ok`, if it has one, is true: the answer of another service that says no (a Response, `{ ok: false }`) is a no.
 */
export type Admission =
  | true
  | string
  | number
  | bigint
  | (object & {
      // No list or Map, no Error, no function, no promise of something else.
      readonly [Symbol.iterator]?: never
      readonly stack?: never
      readonly apply?: never
      readonly then?: never
      readonly expiresAt?: Date | number | undefined
      // No Response of `fetch`, whose `ok` is not looked at.
      readonly ok?: true
    })

/** Whether a value is an Error, also one of another realm. */
export const isError = (value: unknown): boolean => value instanceof Error || types.isNativeError(value)

const isIterable = (value: object): boolean => Symbol.iterator in value || Symbol.asyncIterator in value

/** Whether a verdict lets a client in. Everything that is not a documented yes is a no. */
export const isAdmission = (verdict: unknown): verdict is Admission => {
  // Null, too.
  if (!verdict) return false
  if (typeof verdict === 'object') {
    return !isError(verdict) && !isIterable(verdict) && !('ok' in verdict && verdict.ok !== true)
  }
  return ['boolean', 'string', 'number', 'bigint'].includes(typeof verdict)
}

/** Names a verdict in a report, without its content: a text may be a secret. */
const nameOf = (verdict: unknown): string => {
  if (typeof verdict === 'string') return verdict === '' ? 'an empty text' : 'a text'
  if (typeof verdict === 'function') return 'a function'
  if (typeof verdict === 'number') return Number.isNaN(verdict) ? 'NaN' : 'a number'
  if (Array.isArray(verdict)) return 'a list'
  if (typeof verdict !== 'object' || !verdict) return String(verdict)
  return 'ok' in verdict ? 'an object whose "ok" is not true' : 'an object'
}

/** Reports a verdict that is neither a yes nor `false`: once for each function, because clients can cause it as often as they like. */
export type ReportVerdict = (name: string, verdict: unknown, expected: string) => void

/** Creates the report of verdicts of one server. */
export const createVerdictReport = (report: Report): ReportVerdict => {
  const reported = new Set<string>()
  return (name, verdict, expected) => {
    if (verdict === false || reported.has(name)) return
    reported.add(name)
    const message = `Expected "${name}" to return ${expected}, or false, got ${nameOf(verdict)}: that counts as false. Further ones are not reported.`
    report({ code: 'invalid_verdict', message })
  }
}
