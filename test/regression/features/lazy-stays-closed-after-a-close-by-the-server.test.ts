import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A lazy connection that the server closed with 1000 stayed closed, and dropped the next send.

useFakeTime()

it('a lazy connection that the server has closed opens again for the next send', async () => {
  const connection = setupConnection({ lazy: true, network: { mode: 'accept' } })
  connection.send('first')
  await advanceTime(1)
  connection.network.last.close(1000, 'bye')
  await advanceTime(1)
  expect(connection.phase()).toBe('closed')
  expect(connection.send('second').delivery).toBe('queued')
  await advanceTime(1)
  expect(connection.phase()).toBe('open')
  expect(connection.network.last.receivedRaw).toEqual(['second'])
})
