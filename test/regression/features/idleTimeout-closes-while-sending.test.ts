import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// Only calls of `send` counted as traffic: a connection that was still sending its buffer was closed as idle, and lost the rest when the peer could
// not read it within closeTimeout.

useFakeTime()

it('idleTimeout does not close a connection that is still sending its buffer', async () => {
  const connection = setupConnection({ network: { slow: true }, idleTimeout: 5_000, queue: { highWaterMark: 1_000 } })
  await connection.open()
  const peer = connection.network.last
  for (let n = 0; n < 100; n++) connection.send('x'.repeat(100))
  for (let second = 0; second < 100; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(1_000)
    peer.read(100)
  }
  expect(peer.receivedRaw).toHaveLength(100)
  expect(connection.eventsOf('closed')).toEqual([])
  await advanceTime(10_000)
  peer.read()
  await advanceTime()
  expect(connection.phase()).toBe('closed')
})
