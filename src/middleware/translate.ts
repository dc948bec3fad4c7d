import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { SocketSchema } from '../actions/contract.js'
import type { Codec } from '../codec/types.js'
import { isFrame, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError, messageOf, show, type Issue } from '../internal/errors.js'
import { andThen, isPending, type Eventual } from '../internal/lane.js'

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
    `${what} is not what the schema says: ${said.join('; ').slice(0, 3 * MAX_TEXT)}.`,
  )
  return Object.assign(error, { issues })
}

const validate = (schema: StandardSchemaV1, value: unknown): Eventual<StandardSchemaV1.Result<unknown>> => {
  const blame = (error: unknown): never => {
    throw codedError('callback_failed', `The schema threw: ${messageOf(error)}`)
  }
  try {
    const result = schema['~standard'].validate(value)
    return isPending(result) ? result.then(undefined, blame) : result
  } catch (error) {
    return blame(error)
  }
}

const check = (schema: StandardSchemaV1, value: unknown, what: string): Eventual<unknown> =>
  andThen(validate(schema, value), (result) => {
    if (result.issues) throw invalid(what, result.issues)
    return result.value
  })

/** Values to frames and back, checked by the schemas. Both throw, or reject with, coded errors. */
export interface Translator {
  /** value → schema → codec */
  readonly toFrame: (value: unknown) => Eventual<Frame>
  /** value → codec */
  readonly encode: (value: unknown) => Eventual<Frame>
  /** frame → codec */
  readonly decode: (frame: ReceivedFrame) => Eventual<unknown>
  /** decoded value → schema */
  readonly check: (value: unknown) => Eventual<unknown>
  /** frame → codec → schema */
  readonly toMessage: (frame: ReceivedFrame) => Eventual<unknown>
  /** Whether what `toMessage` makes of a frame is plain data for sure. */
  readonly isPlain: (frame: ReceivedFrame) => boolean
}

const toFrame = (encoded: Eventual<unknown>): Eventual<Frame> => {
  if (isFrame(encoded)) return encoded
  if (isPending(encoded)) return encoded.then(toFrame)
  throw new TypeError(`The codec's encode gave ${show(encoded)}, expected a string or bytes.`)
}

/** Creates a translator; `codec` is asked each time, for the server may choose another. */
export const createTranslator = (codec: () => Codec, { receive, send }: SocketSchema): Translator => {
  const encode: Translator['encode'] = (value) => toFrame(codec().encode(value))
  const decode: Translator['decode'] = (frame) => codec().decode(frame)
  const checkReceived: Translator['check'] = (value) => (receive ? check(receive, value, 'A received message') : value)
  return {
    encode,
    decode,
    check: checkReceived,
    toFrame: send ? (value) => andThen(check(send, value, 'A message to send'), encode) : encode,
    toMessage: receive ? (frame) => andThen(decode(frame), checkReceived) : decode,
    isPlain: (frame) => typeof frame === 'string' && !receive && codec().isPlain === true,
  }
}
