import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { createPage } from '../support/page.js'
import { setupConnection } from '../support/setupConnection.js'

// The loop may come through its gate for an attempt that is over by then: it waits a timer of its own first, and the page may go into the cache
// meanwhile. It has to be sent round; left alone it never came back, and the connection said `reconnecting` for ever, whatever the commands.

useFakeTime()

const moments = [1, 2, 3, 4, 5, 6, 8, 13, 21].flatMap((ticks) =>
  [0, 1, 10].map((wait): [number, number] => [ticks, wait]),
)

it.each(moments)('a page hidden %i microtasks after a connect, for %i ms, comes back', async (ticks, wait) => {
  const page = createPage()
  const connection = setupConnection({
    network: { mode: 'accept' },
    address: { url: async () => 'ws://server.test/ws' },
  })
  connection.connect()
  for (let tick = 0; tick < ticks; tick++) {
    // oxlint-disable-next-line no-await-in-loop
    await Promise.resolve()
  }
  page.fire('pagehide', { persisted: true })
  await advanceTime(wait)
  page.fire('pageshow', { persisted: true })
  await advanceTime(1_000)
  expect(connection.phase()).toBe('open')
})
