import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

// Every early attempt that was planned counted for the limit of one a second, also those that `offline` cancelled: after a hundred changes within a
// second, the connection opened two minutes later.

useFakeTime()

it('a network that changes a hundred times and then stays leads to an attempt within little more than a second', async () => {
  const page = createPage()
  const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { backoff: () => 30_000 } })
  connection.connect()
  await advanceTime(1)
  connection.network.mode = 'accept'
  for (let toggle = 0; toggle < 100; toggle++) {
    page.setOnline(false)
    page.setOnline(true)
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(10)
  }
  await advanceTime(1_300)
  expect(connection.phase()).toBe('open')
})
