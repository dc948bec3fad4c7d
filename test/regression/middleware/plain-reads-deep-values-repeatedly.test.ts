import { expect, it, jest } from '@jest/globals'
import { toPlain } from '../../../src/middleware/plain.js'

// Whether a value is plain was checked again at every level, and the result was not kept: a deep message with something at its bottom that is not
// plain was read once for each level.

it('toPlain reads each part of a message three times at most', () => {
  const look = jest.fn()
  const bottom = Object.defineProperty({ at: new Date(0) }, 'seen', {
    enumerable: true,
    get: () => {
      look()
      return 1
    },
  })
  let message: unknown = bottom
  for (let depth = 0; depth < 200; depth++) message = [message]
  toPlain(message, () => 'bytes')
  // Once to see whether there is anything to convert, once to convert it, once to copy.
  expect(look.mock.calls.length).toBeLessThanOrEqual(3)
})
