import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'

// What a WebSocket's constructor throws is a DOMException, and those have a numeric `code` of their own (12 for a SyntaxError): it
// became the code of the socketError.

useFakeTime()

it('reports a constructor that throws a SyntaxError as invalid_url, for good', async () => {
  const connection = setupConnection({ address: { url: 'ws://server.test', protocols: 'not a token' } })
  const connecting = connection.connect()
  await advanceTime(1)
  expect(connecting.outcome).toBe('failed')
  expect(connection.takeTypes()).toEqual(['connecting', 'failed'])
  expect(connection.eventsOf('failed')).toEqual([
    { type: 'failed', code: 'invalid_url', message: expect.stringContaining('not a token') },
  ])
})

it('retries it when a provider may say otherwise the next time', async () => {
  const connection = setupConnection({ address: { url: 'ws://server.test', protocols: () => 'not a token' } })
  const connecting = connection.connect()
  await advanceTime(1)
  expect(connecting.outcome).toBe('reconnecting')
  expect(connection.eventsOf('error')).toEqual([
    { type: 'error', code: 'invalid_url', message: expect.stringContaining('not a token') },
  ])
})
