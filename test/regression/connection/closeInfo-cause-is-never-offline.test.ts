import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

// `cause: 'offline'` was in the types and never occurred: a socket that was lost by a timeout while the device reported that it was offline had the
// cause of any other timeout.

useFakeTime()

const causes = (connection: ReturnType<typeof setupConnection>) =>
  connection.eventsOf('closed').map(({ code, cause }) => [code, cause])

describe.each([
  [false, 'offline'],
  [true, 'timeout'],
])('a timeout while online is %s', (online, cause) => {
  it(`has the cause '${cause}' for a missed heartbeat`, async () => {
    const page = createPage()
    const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    await connection.open()
    page.setOnline(online)
    await advanceTime(5_000)
    expect(causes(connection)).toEqual([[null, cause]])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
  })

  it(`has the cause '${cause}' for an attempt without an answer`, async () => {
    const page = createPage()
    const connection = setupConnection({ connectTimeout: 3_000 })
    connection.connect()
    await advanceTime(1)
    page.setOnline(online)
    await advanceTime(3_000)
    expect(causes(connection)).toEqual([[null, cause]])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
  })

  it(`has the cause '${cause}' for a close frame without an answer`, async () => {
    const page = createPage()
    const connection = setupConnection({ network: { halfOpen: true }, closeTimeout: 2_000 })
    await connection.open()
    page.setOnline(online)
    connection.close()
    await advanceTime(2_000)
    expect(causes(connection)).toEqual([[null, cause]])
  })
})

it('a close that arrives while offline has its code and no cause', async () => {
  const page = createPage()
  const connection = setupConnection()
  await connection.open()
  page.setOnline(false)
  connection.network.last.cut()
  await advanceTime(1)
  expect(causes(connection)).toEqual([[1006, undefined]])
})
