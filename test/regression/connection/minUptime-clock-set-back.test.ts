import { describe, expect, it, jest } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// Whether a connection was open for `minUptime` was decided by the clock alone: after it was set back, no uptime reset the retries.

const hour = 3_600_000

useFakeTime()

const setClock = (ms: number) => jest.setSystemTime(Date.now() + ms)

describe('a clock that was set back by an hour', () => {
  it.each([
    [4_900, 2],
    [5_100, 1],
    [600_000, 1],
  ])('makes the next retry after an uptime of %i ms number %i', async (uptime, attempt) => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(1_001)
    expect(connection.phase()).toBe('open')
    setClock(-hour)
    await advanceTime(uptime)
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.eventsOf('reconnecting').map((event) => event.attempt)).toEqual([1, attempt])
  })

  it('does not keep a connection from refreshing its credentials again', async () => {
    const url = () => 'ws://server.test/ws'
    const connection = setupConnection({
      network: { mode: 'accept' },
      address: { url },
      reconnect: { minUptime: 5_000 },
    })
    await connection.open()
    connection.network.last.close(4401)
    await advanceTime(1_001)
    setClock(-hour)
    await advanceTime(6_000)
    connection.network.last.close(4401)
    await advanceTime(1_001)
    expect(connection.phase()).toBe('open')
  })
})

describe('a machine that slept over its uptime', () => {
  it('resets the retries, also when the loss is the first thing it notices', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { minUptime: 60_000 } })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(2_000)
    setClock(hour)
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.eventsOf('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 1])
  })
})

describe('the timer of minUptime', () => {
  it.each(['close', 'drop', 'dispose'] as const)('is not left behind: %s', async (how) => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 1, minUptime: hour } })
    await connection.open()
    await advanceTime(1)
    expect(jest.getTimerCount()).toBe(0)
    connection.network.last.cut()
    await advanceTime(1_100)
    expect(jest.getTimerCount()).toBe(1)
    if (how === 'drop') connection.network.last.cut()
    else connection[how]()
    await advanceTime(17)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is that of one socket: the uptimes of two do not add up', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { minUptime: 5_000 } })
    await connection.open()
    for (let n = 0; n < 3; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(3_000)
      connection.network.last.cut()
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1_001)
    }
    expect(connection.eventsOf('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })
})
