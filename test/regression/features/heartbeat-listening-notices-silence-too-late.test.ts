import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A heartbeat that only listens took its start for the last question: every silence after that looked like a late timer, and it asked once more.

useFakeTime()

it('a heartbeat that only listens notices silence after interval + timeout, however long there was traffic before', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000, message: false } })
  await connection.open()
  for (let beat = 0; beat < 10; beat++) {
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(10_000)
    connection.network.last.sendRaw('beat')
  }
  await advanceTime(14_999)
  expect(connection.eventsOf('error')).toEqual([])
  await advanceTime(1)
  expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
})
