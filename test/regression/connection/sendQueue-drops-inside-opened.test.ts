import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// While "opened" was emitted the queue had not been flushed yet: a send with whenOffline "drop" was dropped as `offline` on an open socket.

useFakeTime()

it('the queue sends what a listener of "opened" sends, even with whenOffline "drop", after the queued sends', async () => {
  const connection = setupConnection({ network: { mode: 'accept' } })
  connection.send('waiting')
  let delivery: string | undefined
  connection.onEvent = ({ type }) => {
    if (type === 'opened') ({ delivery } = connection.send('at once', { whenOffline: 'drop' }))
  }
  connection.connect()
  await advanceTime(1)
  expect(delivery).not.toBe('dropped')
  expect(connection.network.last.receivedRaw).toEqual(['waiting', 'at once'])
})
