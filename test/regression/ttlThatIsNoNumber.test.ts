import { expect, it, jest } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'

// NaN compares with nothing, so the timer of the next expiry was set again every millisecond, for ever.

onFakeTime()

it('does not spin', async () => {
  const engine = createEngine()
  const timers = jest.spyOn(globalThis, 'setTimeout')
  engine.send('hello', { ttl: NaN })
  await pass(1_000)
  expect(timers.mock.calls.length).toBeLessThan(10)
})
