/** One issue of a schema with a message. */
export interface Issue {
  /** The schema's own text. */
  readonly message: string
  /** Where in the message; empty for the message itself. */
  readonly path: readonly (string | number)[]
}

/** An error as plain data. `code` is listed in docs/errors.md. */
export interface SerializedSocketError {
  /** For programs: a code of docs/errors.md, or the code of an error that the app's own codec threw. */
  readonly code: string
  /** For people: what was expected, what came, and what to do. Its wording may change. */
  readonly message: string
  /** The beginning of the frame concerned, at most 100 characters. */
  readonly excerpt?: string
  /** The first 20 issues of the schema. */
  readonly issues?: readonly Issue[]
}

/** The text of an error without a sentence, which is every error in production. */
export const said = (code: string): string => `reduplex: ${code}, see docs/errors.md#${code}`

/** An `Error` with a `code`, for what is thrown rather than dispatched. */
export const codedError = (code: string, message = ''): Error =>
  Object.assign(new TypeError(message || said(code)), { code })

/** The error for something that needs a feature which is not included. */
export const missingFeature = (feature: string): Error =>
  codedError('missing_feature', __DEV__ ? `Import ${feature} and give it to createSocketMiddleware.with().` : feature)

/** A member of any value; `undefined` where reading it throws, as with a revoked Proxy. */
export const memberOf = (value: unknown, key: string): unknown => {
  try {
    return (value as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** `instanceof` that is false where it would throw, as with a revoked Proxy. */
export const isInstance = <Instance>(
  value: unknown,
  Class: abstract new (...args: never) => Instance,
): value is Instance => {
  try {
    return value instanceof Class
  } catch {
    return false
  }
}

/** The text of a value that was thrown, an Error or not. */
export const messageOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return __DEV__ ? 'something that cannot be shown' : ''
  }
}

/**
 * The text of a value that was thrown, for the end of a sentence: never empty, and without a full stop of its own. An `AggregateError` of Node, for a
 * host with several addresses, has no message: its first error has one.
 */
export const detailsOf = (thrown: unknown): string => {
  const first = memberOf(memberOf(thrown, 'errors'), '0')
  const text = messageOf(thrown ?? '') || messageOf(first ?? '')
  return text.replace(/[.\s]+$/, '') || 'the runtime gives no details'
}

/** A value that was thrown, as plain data. `code` is used where it has no text as its own code (that of a DOMException is a number). */
export const problemOf = (thrown: unknown, code: string): SerializedSocketError => {
  const own = memberOf(thrown, 'code')
  const issues = own === 'invalid_message' && (memberOf(thrown, 'issues') as SerializedSocketError['issues'])
  return {
    code: typeof own === 'string' ? own : code,
    message: messageOf(thrown) || said(code),
    ...(issues && { issues }),
  }
}

/** What a callback of the app threw, as a problem. Something that needs a missing feature keeps its own code. */
export const callbackProblem = (what: string, error: unknown): SerializedSocketError => {
  const own = memberOf(error, 'code') === 'missing_feature'
  return {
    code: own ? 'missing_feature' : 'callback_failed',
    message: __DEV__ && !own ? `"${what}" threw: ${messageOf(error)}` : messageOf(error),
  }
}

/** Describes a value in the text of an error: short, and without calling its code. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || !value) return String(value)
  // An object has no iterator of its own, and a revoked Proxy must not throw here, as in `Array.isArray`.
  return memberOf(value, 'copyWithin') ? 'an array' : 'an object'
}

/**
 * Thrown by a function of the address or a handshake when a retry cannot help: the connection is `failed` until the next connect. Any other error that they
 * throw is retried.
 */
export class SocketFailure extends Error {
  /** Always `'SocketFailure'`. */
  override readonly name = 'SocketFailure'
  /** Listed in docs/errors.md. */
  readonly code = 'socket_failure'
}

/**
 * Whether `error` is a `SocketFailure`. An app may hold two copies of the package (ESM and CJS, two versions), so this reads the
 * name and the code instead of asking `instanceof`, which knows the class of one copy only.
 */
export const isSocketFailure = (error: unknown): error is SocketFailure =>
  memberOf(error, 'name') === 'SocketFailure' && memberOf(error, 'code') === 'socket_failure'
