import { expect, it } from '@jest/globals'
import { createSocketMiddleware } from '../../../src/index.js'

// `interval` and `timeout` have no defaults. A heartbeat without them was accepted and lost every connection after a millisecond; a `message` that
// was not a frame threw out of a timer.

it.each<[string, unknown]>([
  ['nothing', {}],
  ['no timeout', { interval: 1_000 }],
  ['no interval', { timeout: 1_000 }],
  ['an undefined timeout', { interval: 1_000, timeout: undefined }],
  ['an object as message', { interval: 1_000, timeout: 1_000, message: { type: 'ping' } }],
  ['a number as message', { interval: 1_000, timeout: 1_000, message: 1 }],
  ['true as message', { interval: 1_000, timeout: 1_000, message: true }],
])('a heartbeat with %s throws invalid_option', (_what, heartbeat) => {
  expect(() => createSocketMiddleware({ heartbeat } as object)).toThrow(
    expect.objectContaining({ code: 'invalid_option' }),
  )
})
