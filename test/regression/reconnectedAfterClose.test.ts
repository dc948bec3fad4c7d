import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// `reconnected` says: open before, without a close in between. A connect that overtook its close forgot the close.

useFakeTime()

it.each([0, 1_000])('is false for the connect that follows a close by %i ms', async (ms) => {
  const connection = setupConnection({ network: { mode: 'accept' } })
  await connection.open()
  connection.close()
  if (ms > 0) await advanceTime(ms)
  connection.connect()
  await advanceTime(1)
  expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false, false])
})
