import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError } from '../internal/errors.js'
import { isPromiseLike } from '../internal/maybePromise.js'

/** What a schema found wrong, as plain data. */
export interface Issue {
  /** Where: keys from the outside in, joined by dots; empty is the whole value. */
  readonly path: string
  /** What, in the schema's own words. */
  readonly message: string
}

/** What a schema said: the value as it makes it, or what is wrong with the one it got. */
export type Checked = { readonly value: unknown } | { readonly issues: readonly Issue[] }

const keyOf = (part: PropertyKey | StandardSchemaV1.PathSegment): string =>
  String(typeof part === 'object' ? part.key : part)

// A client can make a schema find thousands of faults in one message; ten are enough to mend it.
const MAX_ISSUES = 10

const toChecked = (result: StandardSchemaV1.Result<unknown>): Checked =>
  result.issues
    ? {
        issues: result.issues
          .slice(0, MAX_ISSUES)
          .map(({ path = [], message }) => ({ path: path.map(keyOf).join('.'), message })),
      }
    : { value: result.value }

/** Asks a Standard Schema about a value; a promise only where the schema gives one. */
export const check = (schema: StandardSchemaV1 | undefined, value: unknown): Checked | Promise<Checked> => {
  if (!schema) return { value }
  const result = schema['~standard'].validate(value)
  return isPromiseLike(result) ? Promise.resolve(result).then(toChecked) : toChecked(result)
}

/** As {@link check}, for what cannot wait. @throws `encode_failed` when the value is refused, or the schema is asynchronous */
export const checkNow = (schema: StandardSchemaV1 | undefined, value: unknown): unknown => {
  if (!schema) return value
  const checked = check(schema, value)
  if (checked instanceof Promise) {
    checked.catch(() => {})
    throw codedError('encode_failed', 'Expected "schema.send" to be synchronous: what a server sends does not wait.')
  }
  if ('value' in checked) return checked.value
  throw codedError('encode_failed', `"schema.send" refuses a value: ${describeIssues(checked.issues)}`)
}

/** Issues in one line. */
export const describeIssues = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
