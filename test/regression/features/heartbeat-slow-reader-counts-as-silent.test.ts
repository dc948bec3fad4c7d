import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A peer that reads slowly answers late, because the question waits behind the buffer. "It shrank" was judged by two polls of the buffer, which the
// app fills again between them: a reader that took a megabyte in between looked dead.

useFakeTime()

it('a peer that reads is alive, also when the app fills the buffer again', async () => {
  const connection = setupConnection({
    network: { slow: true },
    heartbeat: { interval: 1_000, timeout: 1_000 },
    queue: { maxMessages: Infinity, maxBytes: Infinity, highWaterMark: 100_000 },
  })
  await connection.open()
  const peer = connection.network.last
  peer.onReceived = (frame) => {
    if (frame === 'ping') peer.sendRaw('pong')
  }
  for (let n = 0; n < 1_000; n++) connection.send('x'.repeat(10_000))
  // 40 kB a second: an answer takes two seconds and more.
  for (let tick = 0; tick < 300; tick++) {
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(100)
    peer.read(4_000)
  }
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.network.connections).toHaveLength(1)
})
