import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// "Dials at once after a missed heartbeat" overruled a `shouldReconnect` that said when.

useFakeTime()

it('shouldReconnect says how long to wait, also after a missed heartbeat', async () => {
  const connection = setupConnection({
    heartbeat: { interval: 10_000, timeout: 5_000 },
    reconnect: { shouldReconnect: () => ({ delay: 7_000 }) },
  })
  await connection.open()
  connection.network.last.receive('pong')
  await advanceTime(15_000)
  expect(connection.eventsOf('reconnecting').map(({ delay }) => delay)).toEqual([7_000])
})
