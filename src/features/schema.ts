import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkSchema } from '../actions/checkSchema.js'
import { codedError, detailsOf, messageOf, type Issue } from '../internal/errors.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../internal/maybePromise.js'
import type { Feature } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { toPlain } from '../middleware/plain.js'
import { asyncQueueSettings, createAsyncInbound } from './async.js'

/** Issues that are reported of one message, and the characters of one: some schemas quote what they were given. */
const MAX_ISSUES = 20
const MAX_TEXT = 200

const RECEIVED = __DEV__ ? 'A received message' : ''
const SENT = __DEV__ ? 'A message to send' : ''

const toPlainIssue = ({ message, path = [] }: StandardSchemaV1.Issue): Issue => ({
  message: message.slice(0, MAX_TEXT),
  // Not `path.map`: arktype's path is a class of its own, and so would the result be.
  path: Array.from(path, (step) => {
    const key = typeof step === 'object' ? step.key : step
    return typeof key === 'symbol' ? String(key) : key
  }),
})

const invalidMessage = (what: string, found: readonly StandardSchemaV1.Issue[]): Error => {
  const issues = found.slice(0, MAX_ISSUES).map(toPlainIssue)
  const said = issues
    .map(({ message, path }) => (path.length ? `${path.join('.')}: ${message}` : message))
    .join('; ')
    .slice(0, 3 * MAX_TEXT)
  return Object.assign(
    codedError('invalid_message', __DEV__ ? `${what} does not match the schema: ${detailsOf(said)}.` : said),
    {
      issues,
    },
  )
}

const validate = (schema: StandardSchemaV1, value: unknown): MaybePromise<StandardSchemaV1.Result<unknown>> => {
  const fail = (error: unknown): never => {
    throw codedError('callback_failed', __DEV__ ? `The schema threw: ${messageOf(error)}` : messageOf(error))
  }
  try {
    const result = schema['~standard'].validate(value)
    return isPromiseLike(result) ? result.then(undefined, fail) : result
  } catch (error) {
    return fail(error)
  }
}

const check = (schema: StandardSchemaV1, value: unknown, what: string): MaybePromise<unknown> =>
  mapMaybePromise(validate(schema, value), (result) => {
    if (result.issues) throw invalidMessage(what, result.issues)
    return result.value
  })

const checkSchemaOption = ({ actions, schema }: SocketMiddlewareOptions): void => {
  if (schema) checkSchema(schema)
  if (!schema || !actions?.schema) return
  throw codedError(
    'invalid_option',
    'createSocketMiddleware: expected one schema, got two. Leave it out here, or out of createSocketActions().',
  )
}

/** Checks both directions with Standard Schemas, which may be async and may transform. See docs/messages.md#a-schema. */
export const schemaFeature: Feature<'schema'> = {
  options: ['schema'],
  order: order.schema,
  check: __DEV__ ? checkSchemaOption : undefined,
  settings: asyncQueueSettings,
  pipeline: ({ encode, isPlain }, { options }) => {
    const { receive, send } = options.schema ?? options.actions?.schema ?? {}
    return {
      check: receive && ((value) => check(receive, value, RECEIVED)),
      toFrame: send ? (value) => mapMaybePromise(check(send, value, SENT), encode) : encode,
      isPlain: () => !receive && isPlain(),
      createInbound: createAsyncInbound,
      toPlain,
    }
  },
}
