import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

// The loop may pass its gate for an attempt that is over by then: it waits for a timer of its own first, and the page may enter the cache meanwhile.
// Without another round the connection stayed `reconnecting`, whatever the commands.

useFakeTime()

const moments = [1, 2, 3, 4, 5, 6, 8, 13, 21].flatMap((ticks) =>
  [0, 1, 10].map((wait): [number, number] => [ticks, wait]),
)

it.each(moments)(
  'a page that is hidden %i microtasks after a connect, for %i ms, opens its connection again',
  async (ticks, wait) => {
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
  },
)
