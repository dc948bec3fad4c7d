import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// The server had started to close with the same code that the client then sent: its close frame was taken for the answer, and for the proof that
// everything had arrived.

useFakeTime()

it.each([
  ['another code', 1001, '', false],
  ['another reason', 4000, 'shutdown', false],
  ['the same code without a reason', 4000, '', true],
  ['the same code and reason', 4000, 'bye', true],
])(
  'a close frame of the server that arrives after the client’s with %s: %i %s',
  async (_what, code, reason, isAnswer) => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.halfOpen = true
    connection.send('late', { id: 'late' })
    connection.close(4000, 'bye')
    connection.network.last.finishClose(code, reason)
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual(
      isAnswer ? [] : [{ type: 'dropped', reason: 'indeterminate', ids: ['late'], count: 1 }],
    )
  },
)

it('a close frame of the server that crosses the client’s proves nothing', async () => {
  const connection = setupConnection({ heartbeat: { interval: 60_000, timeout: 5_000 } })
  await connection.open()
  connection.send('late', { id: 'late' })
  connection.network.last.startClose(1000, 'bye')
  connection.close(1000)
  await advanceTime(1)
  connection.network.last.finishClose()
  await advanceTime(5_000)
  expect(connection.eventsOf('dropped')).toEqual([
    { type: 'dropped', reason: 'indeterminate', ids: ['late'], count: 1 },
  ])
})
