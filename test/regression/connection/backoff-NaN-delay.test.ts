import { expect, it } from '@jest/globals'
import { exponentialBackoff } from '../../../src/connection/backoff.js'

// 2 ** 1024 is Infinity, and 0 times that is NaN: from retry 1025 on the delay was not a number.

it('exponentialBackoff without a delay stays at 0 for any number of retries', () => {
  const backoff = exponentialBackoff({ minDelay: 0 })
  const delays = [1, 2, 1_024, 1_025, 5_000].map((attempt) => backoff(attempt, { random: () => 0.5, code: null }))
  expect(delays).toEqual([0, 0, 0, 0, 0])
})
