import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'
import { createPage, onPages } from '../unit/page.js'

// Offline pauses dialling; a tab that was looked at meanwhile dialled all the same.

onFakeTime()
onPages()

it.each(['visible', 'pageshow'])(
  'a page that is shown again (%s) while the machine is offline does not dial',
  async (how) => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'refuse' } })
    engine.connect()
    await pass(1)
    page.setOnline(false)
    if (how === 'visible') page.setVisible(true)
    else page.fire('pageshow', { persisted: true })
    await pass(60_000)
    expect(engine.network.sockets).toHaveLength(1)
    engine.network.mode = 'accept'
    page.setOnline(true)
    await pass(1_300)
    expect(engine.phase()).toBe('open')
  },
)
