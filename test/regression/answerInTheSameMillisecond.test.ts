import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// Life was told by comparing clocks in whole milliseconds: what came within the millisecond of the question, as everything does on the same
// machine, was not life. A server that answers every question but the first was given up.

useFakeTime()

it('an answer within the millisecond of its question is life, even when an earlier question was never answered', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  connection.network.onSocket = (peer) => {
    peer.onSent = () => {
      // The first question comes too early for this server, which says something else meanwhile.
      if (peer.sent.length === 1) setTimeout(() => peer.receive('hello'), 1)
      else peer.receive('pong')
    }
  }
  await connection.open()
  await advanceTime(60_000)
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.phase()).toBe('open')
  expect(connection.network.sockets).toHaveLength(1)
})

it('any frame within the millisecond of the question is life', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
  connection.network.onSocket = (peer) => {
    peer.onSent = () => peer.receive('what is a ping?')
  }
  await connection.open()
  await advanceTime(60_000)
  expect(connection.eventsOf('error')).toEqual([])
  expect(connection.network.sockets).toHaveLength(1)
})
