import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// The comparison with the present address threw inside the command: its promise rejected, and nothing was reported.

useFakeTime()

it.each([
  ['a symbol', Symbol('a')],
  ['an object without toString', Object.create(null) as object],
])('a connect with %s among its params ends, and its promise resolves', async (_what, value) => {
  const connection = setupConnection()
  await connection.open()
  const connecting = connection.connect({ params: { value: value as never } })
  await advanceTime(1)
  expect(['failed', 'open', 'reconnecting']).toContain(connecting.outcome)
})
