import { afterEach, expect, it } from '@jest/globals'
import { expectAllClosed, manualClock } from '../../../src/testing/index.js'

afterEach(() => expectAllClosed())

it.each([[-5], [NaN], [Infinity], ['reconnect'], ['toString'], [undefined], [null]])(
  'advance rejects %p and leaves the time as it is',
  async (step) => {
    const clock = manualClock({ now: 1_000 })
    await expect(clock.advance(step as never)).rejects.toThrow(
      `clock.advance: expected milliseconds from 0 on, 'backoff' or 'heartbeat', got ${step}.`,
    )
    expect(clock.now()).toBe(1_000)
    await clock.advance(1)
    expect(clock.now()).toBe(1_001)
  },
)
