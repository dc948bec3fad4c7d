import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// While "opened" is being told the queue has not gone out yet: a send that may not wait was dropped as `offline` on an open socket.

useFakeTime()

it('sends what a listener of "opened" sends, even if it may not wait and the queue goes first', async () => {
  const connection = setupConnection({ network: { mode: 'accept' } })
  connection.send('waiting')
  let delivery: string | undefined
  connection.onEvent = ({ type }) => {
    if (type === 'opened') ({ delivery } = connection.send('at once', { whenOffline: 'drop' }))
  }
  connection.connect()
  await advanceTime(1)
  expect(delivery).not.toBe('dropped')
  expect(connection.network.last.sent).toEqual(['waiting', 'at once'])
})
