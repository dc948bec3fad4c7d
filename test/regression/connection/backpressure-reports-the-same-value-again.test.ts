import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// While a socket had a backlog, its buffer was reported every 16 ms, changed or not: a peer that had stopped reading cost sixty dispatches a second.

useFakeTime()

it('a buffer that does not change is reported once', async () => {
  const connection = setupConnection({ network: { slow: true }, queue: { highWaterMark: 100 } })
  await connection.open()
  for (let n = 0; n < 4; n++) connection.send('x'.repeat(60))
  await advanceTime(100)
  expect(connection.eventsOf('changed').at(-1)).toBeDefined()
  connection.takeTypes()
  await advanceTime(10_000)
  expect(connection.takeTypes().length).toBe(0)
})
