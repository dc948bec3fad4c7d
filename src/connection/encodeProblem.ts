import { problemOf, type Problem } from '../internal/errors.js'

/** Codes that say more than `encode_failed`. */
const ownCodes = new Set(['invalid_message', 'callback_failed', 'missing_feature'])

/** What a codec or a send schema threw, as a problem. */
export const encodeProblem = (error: unknown): Problem => {
  const problem = problemOf(error, 'encode_failed')
  if (ownCodes.has(problem.code)) return problem
  const { message } = problem
  return {
    code: 'encode_failed',
    message: __DEV__ ? `The codec cannot encode a message: ${message}` : message,
  }
}
