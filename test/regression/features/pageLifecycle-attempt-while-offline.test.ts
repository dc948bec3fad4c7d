import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupConnection } from '../../support/setupConnection.js'

// `offline` pauses the attempts; a tab that was shown meanwhile started one.

useFakeTime()

it.each(['visible', 'pageshow'])(
  'a page that is shown again (%s) while the device is offline starts no attempt',
  async (how) => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(1)
    page.setOnline(false)
    if (how === 'visible') page.setVisible(true)
    else page.fire('pageshow', { persisted: true })
    await advanceTime(60_000)
    expect(connection.network.connections).toHaveLength(1)
    connection.network.mode = 'accept'
    page.setOnline(true)
    await advanceTime(1_300)
    expect(connection.phase()).toBe('open')
  },
)
