import { expect, it, jest } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// A thread that was busy past the deadline runs its late timers first and hears what came meanwhile after that (Node: timers come before
// polling). Only a timer that was late by more than the timeout got the benefit of the doubt.

useFakeTime()

it.each([100, 500, 1_000, 1_001, 60_000])(
  'a judgement that is %i ms late waits for what came meanwhile',
  async (late) => {
    const connection = setupConnection({ heartbeat: { interval: 30_000, timeout: 1_000 } })
    await connection.open()
    connection.network.last.receive('pong')
    await advanceTime(30_000)
    expect(connection.network.last.sent).toEqual(['ping', 'ping'])
    // The answer is in the machine, but the thread is busy.
    jest.setSystemTime(Date.now() + late)
    await advanceTime(1_000)
    connection.network.last.receive('pong')
    connection.network.last.receive('pong')
    await advanceTime(10_000)
    expect(connection.eventsOf('error')).toEqual([])
    expect(connection.network.sockets).toHaveLength(1)
  },
)
