import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// `reconnected` means: open before, without a close in between. A connect during a close forgot that close.

useFakeTime()

it.each([0, 1_000])('reconnected is false for a connect %i ms after a close', async (ms) => {
  const connection = setupConnection({ network: { mode: 'accept' } })
  await connection.open()
  connection.close()
  if (ms > 0) await advanceTime(ms)
  connection.connect()
  await advanceTime(1)
  expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false, false])
})
