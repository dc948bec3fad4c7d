import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, messageOf } from '../internal/errors.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { Report } from './problems.js'

/** One thing that is wrong with a value, as plain data. */
export interface SchemaIssue {
  /** Where: keys from the outside in, joined by dots; empty for the whole value. */
  readonly path: string
  /** What, in the schema's own words. */
  readonly message: string
}

/** The result of a schema: its output, or what is wrong with the value. */
export type Validated = { readonly value: unknown } | { readonly issues: readonly SchemaIssue[] }

/** A client can send a message with thousands of issues; ten are enough to find the cause. */
const MAX_ISSUES = 10

const keyOfSegment = (segment: PropertyKey | StandardSchemaV1.PathSegment): string =>
  String(typeof segment === 'object' ? segment.key : segment)

const toValidated = (result: StandardSchemaV1.Result<unknown>): Validated =>
  result.issues
    ? {
        issues: result.issues
          .slice(0, MAX_ISSUES)
          .map(({ path = [], message }) => ({ path: path.map(keyOfSegment).join('.'), message })),
      }
    : { value: result.value }

/** Validates a value with a Standard Schema. Returns a promise only when the schema does. */
export const validate = (schema: StandardSchemaV1 | undefined, value: unknown): Validated | Promise<Validated> => {
  if (!schema) return { value }
  const result = schema['~standard'].validate(value)
  return isPromiseLike(result) ? Promise.resolve(result).then(toValidated) : toValidated(result)
}

/**
 * Validates a value that is about to be sent, and returns the output of the schema.
 * @throws `encode_failed` when the schema rejects the value, or is asynchronous
 */
const validateOutgoing = (schema: StandardSchemaV1 | undefined, value: unknown): unknown => {
  if (!schema) return value
  const validated = validate(schema, value)
  if (validated instanceof Promise) {
    validated.catch(() => {})
    throw codedError(
      'encode_failed',
      'Expected "schema.send" to be synchronous, got a promise: the server sends without waiting.',
    )
  }
  if ('value' in validated) return validated.value
  throw codedError('encode_failed', `"schema.send" rejected a value: ${describeIssues(validated.issues)}`)
}

/** Validates a value that is about to be sent. Reports it and returns `undefined` when the schema rejects it, or is asynchronous. */
export const validateOrReport = (
  { sendSchema, report }: { readonly sendSchema: StandardSchemaV1 | undefined; readonly report: Report },
  value: unknown,
): { readonly value: unknown } | undefined => {
  try {
    return { value: validateOutgoing(sendSchema, value) }
  } catch (error) {
    report({ code: 'encode_failed', message: messageOf(error), error })
    return undefined
  }
}

/** Returns all issues in one line. */
export const describeIssues = (issues: readonly SchemaIssue[]): string =>
  issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
