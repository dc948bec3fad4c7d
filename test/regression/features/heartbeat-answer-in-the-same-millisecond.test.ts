import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// The heartbeat compared times in whole milliseconds: a frame within the millisecond of the question, which is usual on one machine, did not count. A
// server that answers every question but the first was given up.

useFakeTime()

it('the heartbeat counts an answer within the millisecond of its question, even when an earlier question was never answered', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  connection.network.onAttempt = (peer) => {
    peer.onReceived = () => {
      // The first question comes too early for this server, which sends something else meanwhile.
      if (peer.receivedRaw.length === 1) setTimeout(() => peer.sendRaw('hello'), 1)
      else peer.sendRaw('pong')
    }
  }
  await connection.open()
  await advanceTime(60_000)
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.phase()).toBe('open')
  expect(connection.network.connections).toHaveLength(1)
})

it('the heartbeat counts any frame within the millisecond of the question', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  connection.network.onAttempt = (peer) => {
    peer.onReceived = () => peer.sendRaw('what is a ping?')
  }
  await connection.open()
  await advanceTime(60_000)
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.network.connections).toHaveLength(1)
})
