import { expect, it, jest } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// NaN compares with nothing, so the timer of the next expiry was set again every millisecond.

useFakeTime()

it('a send with the ttl NaN sets no timer again and again', async () => {
  const connection = setupConnection()
  const timers = jest.spyOn(globalThis, 'setTimeout')
  connection.send('hello', { ttl: NaN })
  await advanceTime(1_000)
  expect(timers.mock.calls.length).toBeLessThan(10)
})
