import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, messageOf, type Issue } from '../internal/errors.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../internal/maybePromise.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { toPlain } from '../middleware/plain.js'
import { createAsyncInbound, withQueue } from './async.js'

/** Issues that are told of one message, and the characters of one: some schemas quote what they were given. */
const MAX_ISSUES = 20
const MAX_TEXT = 200

const plainIssue = ({ message, path = [] }: StandardSchemaV1.Issue): Issue => ({
  message: message.slice(0, MAX_TEXT),
  // Not `path.map`: arktype's is a class of its own, and so would the result be.
  path: Array.from(path, (step) => {
    const key = typeof step === 'object' ? step.key : step
    return typeof key === 'symbol' ? String(key) : key
  }),
})

const invalid = (what: string, found: readonly StandardSchemaV1.Issue[]): Error => {
  const issues = found.slice(0, MAX_ISSUES).map(plainIssue)
  const said = issues.map(({ message, path }) => (path.length ? `${path.join('.')}: ${message}` : message))
  const error = codedError(
    'invalid_message',
    __DEV__ ? `${what} is not what the schema says: ${said.join('; ').slice(0, 3 * MAX_TEXT)}.` : '',
  )
  return Object.assign(error, { issues })
}

const validate = (schema: StandardSchemaV1, value: unknown): MaybePromise<StandardSchemaV1.Result<unknown>> => {
  const blame = (error: unknown): never => {
    throw codedError('callback_failed', __DEV__ ? `The schema threw: ${messageOf(error)}` : messageOf(error))
  }
  try {
    const result = schema['~standard'].validate(value)
    return isPromiseLike(result) ? result.then(undefined, blame) : result
  } catch (error) {
    return blame(error)
  }
}

const check = (schema: StandardSchemaV1, value: unknown, what: string): MaybePromise<unknown> =>
  mapMaybePromise(validate(schema, value), (result) => {
    if (result.issues) throw invalid(what, result.issues)
    return result.value
  })

/** Checks both directions by Standard Schemas, which may be async and may transform. */
export const schemaFeature: Feature<'schema'> = {
  options: ['schema'],
  order: order.schema,
  check: __DEV__
    ? ({ actions, schema }) => {
        if (!schema || !actions?.schema) return
        throw codedError(
          'invalid_option',
          'createSocketMiddleware: expected one schema, got two: leave it out here, or out of createSocketActions.',
        )
      }
    : undefined,
  settings: (_options, base) => withQueue(base),
  pipeline: ({ decode, encode, isPlain }, { options }) => {
    const { receive, send } = options.schema ?? options.actions?.schema ?? {}
    const checkReceived = (value: unknown) =>
      receive ? check(receive, value, __DEV__ ? 'A received message' : '') : value
    return {
      check: checkReceived,
      toFrame: send
        ? (value) => mapMaybePromise(check(send, value, __DEV__ ? 'A message to send' : ''), encode)
        : encode,
      toMessage: receive ? (frame) => mapMaybePromise(decode(frame), checkReceived) : decode,
      isPlain: () => !receive && isPlain(),
      createInbound: createAsyncInbound,
      toPlain,
    }
  },
}
