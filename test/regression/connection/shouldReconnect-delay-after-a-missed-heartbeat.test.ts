import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// The immediate attempt after a missed heartbeat overrode the delay of `shouldReconnect`.

useFakeTime()

it('shouldReconnect sets the delay also after a missed heartbeat', async () => {
  const connection = setupConnection({
    heartbeat: { interval: 10_000, timeout: 5_000 },
    reconnect: { shouldReconnect: () => ({ delay: 7_000 }) },
  })
  await connection.open()
  connection.network.last.sendRaw('pong')
  await advanceTime(15_000)
  expect(connection.eventsOf('reconnecting').map(({ delay }) => delay)).toEqual([7_000])
})
