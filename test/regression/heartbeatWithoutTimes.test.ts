import { expect, it } from '@jest/globals'
import { createSocketMiddleware } from '../../src/index.js'

// `interval` and `timeout` have no defaults. A heartbeat without them was taken in silence and gave every connection up after a millisecond;
// a `message` that is no frame threw out of a timer.

it.each<[string, unknown]>([
  ['nothing', {}],
  ['no timeout', { interval: 1_000 }],
  ['no interval', { timeout: 1_000 }],
  ['an undefined timeout', { interval: 1_000, timeout: undefined }],
  ['an object for a message', { interval: 1_000, timeout: 1_000, message: { type: 'ping' } }],
  ['a number for a message', { interval: 1_000, timeout: 1_000, message: 1 }],
  ['true for a message', { interval: 1_000, timeout: 1_000, message: true }],
])('a heartbeat with %s is refused', (_what, heartbeat) => {
  expect(() => createSocketMiddleware({ heartbeat } as object)).toThrow(
    expect.objectContaining({ code: 'invalid_option' }),
  )
})
