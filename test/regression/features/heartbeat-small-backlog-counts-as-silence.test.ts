import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// Bytes that drain count as life, however few: behind a slow link even a small backlog delays the question past its deadline.

useFakeTime()

it('a small backlog that drains slowly counts as life', async () => {
  const connection = setupConnection({ network: { slow: true }, heartbeat: { interval: 10_000, timeout: 5_000 } })
  await connection.open()
  const peer = connection.network.last
  peer.read()
  peer.sendRaw('pong')
  await advanceTime(9_000)
  connection.send('x'.repeat(50_000))
  for (let second = 0; second < 20; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(1_000)
    peer.read(2_000)
  }
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.phase()).toBe('open')
})
