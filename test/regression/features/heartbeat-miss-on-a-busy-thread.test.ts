import { expect, it, jest } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A thread that was busy past the deadline runs its late timers first and receives what came meanwhile after that (in Node timers precede polling).
// Only a timer that was later than the timeout asked once more.

useFakeTime()

it.each([100, 500, 1_000, 1_001, 60_000])('the heartbeat asks once more when its check is %i ms late', async (late) => {
  const connection = setupConnection({ heartbeat: { interval: 30_000, timeout: 1_000 } })
  await connection.open()
  connection.network.last.sendRaw('pong')
  await advanceTime(30_000)
  expect(connection.network.last.receivedRaw).toEqual(['ping', 'ping'])
  // The answer has arrived at the machine, but the thread is busy.
  jest.setSystemTime(Date.now() + late)
  await advanceTime(1_000)
  connection.network.last.sendRaw('pong')
  connection.network.last.sendRaw('pong')
  await advanceTime(10_000)
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.network.connections).toHaveLength(1)
})
