import { problemOf, type SerializedSocketError } from '../internal/errors.js'

/** What a codec or a send schema threw, as a problem. Three codes say more than `encode_failed`. */
export const encodeProblem = (error: unknown): SerializedSocketError => {
  const problem = problemOf(error, 'encode_failed')
  if (/^(invalid_message|callback_failed|missing_feature)$/.test(problem.code)) return problem
  return {
    code: 'encode_failed',
    message: __DEV__ ? `The codec cannot encode a message: ${problem.message}` : problem.message,
  }
}
