import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { createPage } from '../support/page.js'
import { setupConnection } from '../support/setupConnection.js'

// `cause: 'offline'` was in the types and came never: a socket given up for its silence while the machine said that it is offline was told as any
// other timeout.

useFakeTime()

const causes = (connection: ReturnType<typeof setupConnection>) =>
  connection.eventsOf('closed').map(({ code, cause }) => [code, cause])

describe.each([
  [false, 'offline'],
  [true, 'timeout'],
])('while the machine is online: %s', (online, cause) => {
  it(`a heartbeat without an answer ends a socket with the cause '${cause}'`, async () => {
    const page = createPage()
    const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    await connection.open()
    page.setOnline(online)
    await advanceTime(5_000)
    expect(causes(connection)).toEqual([[null, cause]])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
  })

  it(`so does a dial without an answer: '${cause}'`, async () => {
    const page = createPage()
    const connection = setupConnection({ connectTimeout: 3_000 })
    connection.connect()
    await advanceTime(1)
    page.setOnline(online)
    await advanceTime(3_000)
    expect(causes(connection)).toEqual([[null, cause]])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
  })

  it(`and a goodbye without an answer: '${cause}'`, async () => {
    const page = createPage()
    const connection = setupConnection({ network: { halfOpen: true }, closeTimeout: 2_000 })
    await connection.open()
    page.setOnline(online)
    connection.close()
    await advanceTime(2_000)
    expect(causes(connection)).toEqual([[null, cause]])
  })
})

it('what the network says comes first: a close that is heard while offline has its code', async () => {
  const page = createPage()
  const connection = setupConnection()
  await connection.open()
  page.setOnline(false)
  connection.network.last.drop()
  await advanceTime(1)
  expect(causes(connection)).toEqual([[1006, undefined]])
})
