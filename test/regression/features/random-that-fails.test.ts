import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// When the backoff throws, the default one replaces it: with the same `random`, which may be the cause, and unguarded.

const boundlessly = (_attempt: number, { random }: { random: () => number }) => 1_000 * random()

useFakeTime()

describe('a reconnect.random', () => {
  it('that throws is reported, and the connection continues', async () => {
    const random = () => {
      throw new Error('no entropy')
    }
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { random, backoff: boundlessly } })
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.eventsOf('error')).toContainEqual(expect.objectContaining({ code: 'callback_failed' }))
    connection.network.mode = 'accept'
    await advanceTime(30_000)
    expect(connection.phase()).toBe('open')
  })

  it.each([NaN, -1, -Infinity])('that returns %p does not flood the server with attempts', async (number) => {
    const connection = setupConnection({
      network: { mode: 'refuse' },
      reconnect: { random: () => number, backoff: boundlessly },
    })
    connection.connect()
    await advanceTime(1_000)
    expect(connection.network.connections.length).toBeLessThan(10)
    expect(connection.eventsOf('reconnecting').every(({ delay }) => delay !== null && delay >= 0)).toBe(true)
  })
})
