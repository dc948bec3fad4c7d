import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { sentence } from '../../support/mode.js'
import { setupConnection } from '../../support/setupConnection.js'

// The constructor of a WebSocket throws a DOMException, which has a numeric `code` of its own (12 for a SyntaxError): it became the code of the
// socketError.

useFakeTime()

/** The text of the runtime quotes the subprotocol, which may be a credential: it does not appear. */
const refused = sentence(
  /^The WebSocket class refused the url or a subprotocol/,
  'reduplex: invalid_url, see docs/errors.md#invalid_url',
)

it('an attempt reports a SyntaxError of the constructor as invalid_url, and fails for good', async () => {
  const connection = setupConnection({ address: { url: 'ws://server.test', protocols: 'not a token' } })
  const connecting = connection.connect()
  await advanceTime(1)
  expect(connecting.outcome).toBe('failed')
  expect(connection.takeTypes()).toEqual(['connecting', 'failed'])
  expect(connection.eventsOf('failed')).toEqual([{ type: 'failed', code: 'invalid_url', message: refused }])
})

it('an attempt is retried after a SyntaxError when a function may return another url', async () => {
  const connection = setupConnection({ address: { url: 'ws://server.test', protocols: () => 'not a token' } })
  const connecting = connection.connect()
  await advanceTime(1)
  expect(connecting.outcome).toBe('reconnecting')
  expect(connection.eventsOf('error')).toEqual([{ type: 'error', code: 'invalid_url', message: refused }])
})
