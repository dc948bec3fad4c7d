import { expect, it, jest } from '@jest/globals'
import { toPlain } from '../../src/middleware/plain.js'

// Whether a value is plain was asked again at every level of it, and nothing was kept of the answer: a deep message with something at its bottom
// that is not plain was read as often as it is deep.

it('reads each part of a message twice at most', () => {
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
  // Once to see whether there is anything to do, once to do it, once to copy.
  expect(look.mock.calls.length).toBeLessThanOrEqual(3)
})
