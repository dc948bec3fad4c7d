import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

// A backoff of `Infinity` leaves the attempt to a command, as its docstring says; a tab that was shown started one.

useFakeTime()

it.each(['online', 'pageshow', 'visible'])('a backoff of Infinity waits for a command, not for %s', async (how) => {
  const page = createPage()
  const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { backoff: () => Infinity } })
  connection.connect()
  await advanceTime(1)
  if (how === 'visible') page.setVisible(true)
  else page.fire(how, { persisted: true })
  await advanceTime(60_000)
  expect(connection.network.connections).toHaveLength(1)
  connection.network.mode = 'accept'
  connection.connect()
  await advanceTime(1)
  expect(connection.phase()).toBe('open')
})
