/** One thing that a schema has against a message. */
export interface Issue {
  /** The schema's own words. */
  readonly message: string
  /** Where in the message; empty for the whole of it. */
  readonly path: readonly (string | number)[]
}

/** What went wrong, as plain data: `code` is one of those listed in docs/errors.md. */
export interface Problem {
  /** For programs: a word of docs/errors.md, or the code of an error that the app's own codec threw. */
  readonly code: string
  /** For people: what was expected, what came, and what to do. Its wording may change. */
  readonly message: string
  /** The beginning of the frame concerned, at most 100 characters. */
  readonly excerpt?: string
  /** What the schema has against the message, the first 20 of it. */
  readonly issues?: readonly Issue[]
}

/** What production says instead of a sentence. */
export const said = (code: string): string => `reduplex: ${code}, see docs/errors.md#${code}`

/** An `Error` with a `code`, for what is thrown rather than dispatched. */
export const codedError = (code: string, message = ''): Error =>
  Object.assign(new TypeError(message || said(code)), { code })

/** The error for something that needs a feature which is not included. */
export const missingFeature = (feature: string): Error =>
  codedError('missing_feature', __DEV__ ? `Import ${feature} and give it to createSocketMiddleware.with().` : feature)

/** The text of whatever was thrown, be it an Error or not. */
export const messageOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return __DEV__ ? 'something that cannot be shown' : ''
  }
}

/** Whatever was thrown as plain data; `code` for what has no such word of its own (a DOMException's is a number). */
export const problemOf = (thrown: unknown, code: string): Problem => {
  const { code: own, issues } = (thrown ?? {}) as { code?: unknown; issues?: Problem['issues'] }
  return {
    code: typeof own === 'string' ? own : code,
    message: messageOf(thrown) || said(code),
    ...(own === 'invalid_message' && issues && { issues }),
  }
}

/** What a callback of the app threw, as a problem. */
export const callbackProblem = (what: string, error: unknown): Problem => ({
  code: 'callback_failed',
  message: __DEV__ ? `"${what}" threw: ${messageOf(error)}` : messageOf(error),
})

/** A short, safe picture of a value for an error's text. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value ? 'an object' : String(value)
}

/**
 * Thrown by a provider or a handshake, it says that trying again cannot help: the connection is `failed` until the next connect. Anything
 * else that they throw is retried.
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
export const isSocketFailure = (error: unknown): error is SocketFailure => {
  const { name, code } = (error ?? {}) as Partial<SocketFailure>
  return name === 'SocketFailure' && code === 'socket_failure'
}
