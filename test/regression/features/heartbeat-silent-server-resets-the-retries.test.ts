import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// With a timeout of minUptime or more, every socket to a server that never answers pings counted as up: the count of retries started over each time,
// and `maxRetries` was never reached.

useFakeTime()

it('a server that never answers a ping uses up the retries', async () => {
  const connection = setupConnection({
    network: { mode: 'accept' },
    heartbeat: { interval: 5_000, timeout: 5_000 },
    reconnect: { maxRetries: 2, minUptime: 5_000 },
  })
  connection.connect()
  await advanceTime(120_000)
  expect(connection.phase()).toBe('failed')
  expect(connection.network.connections).toHaveLength(3)
})

it('a heartbeat that only listens to a server that has sent something reconnects at once when it falls silent, and reports nothing as indeterminate', async () => {
  const connection = setupConnection({
    network: { mode: 'accept' },
    heartbeat: { interval: 1_000, timeout: 1_000, message: false },
    reconnect: { backoff: () => 60_000 },
  })
  connection.connect()
  await advanceTime(1)
  connection.send('hello')
  connection.network.last.sendRaw('tick')
  await advanceTime(2_100)
  expect(connection.network.connections).toHaveLength(2)
  expect(connection.eventsOf('dropped')).toEqual([])
})
