import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// Questions beyond the 16 unanswered ones that were kept apart were forgotten; a later answer to a forgotten one was taken for the answer to the next
// question, and so proved too much.

useFakeTime()

it.each([1, 10, 15, 16, 17, 19])(
  'an answer proves nothing that was sent after its question (%i of 20 were answered before)',
  async (early) => {
    const connection = setupConnection({ heartbeat: { interval: 1_000, timeout: 500 } })
    await connection.open()
    const peer = connection.network.last
    // A server that sends a lot and answers questions late.
    for (let asked = 1; asked < 20; asked++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(100)
      peer.sendRaw('busy')
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(900)
    }
    expect(peer.receivedRaw.filter((frame) => frame === 'ping')).toHaveLength(20)
    await advanceTime(100)
    for (let answered = 0; answered < early; answered++) peer.sendRaw('pong')
    connection.send('late', { id: 'late' })
    await advanceTime(900)
    expect(peer.receivedRaw.at(-1)).toBe('ping')
    // The rest of the twenty questions before the message are answered, its own is not.
    await advanceTime(100)
    for (let answered = early; answered < 20; answered++) peer.sendRaw('pong')
    peer.cut()
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([
      { type: 'dropped', reason: 'indeterminate', ids: ['late'], count: 1 },
    ])
  },
)
