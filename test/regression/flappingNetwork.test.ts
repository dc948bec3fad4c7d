import { expect, it } from '@jest/globals'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'
import { createPage, onPages } from '../unit/page.js'

// Every hurried dial that was planned counted for the limit of one a second, also those that `offline` cancelled: after a network had flapped a
// hundred times within a second, the connection came back two minutes later.

onFakeTime()
onPages()

it('a network that flaps and then stays is dialled within little more than a second', async () => {
  const page = createPage()
  const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { backoff: () => 30_000 } })
  engine.connect()
  await pass(1)
  engine.network.mode = 'accept'
  for (let toggle = 0; toggle < 100; toggle++) {
    page.setOnline(false)
    page.setOnline(true)
    // oxlint-disable-next-line no-await-in-loop
    await pass(10)
  }
  await pass(1_300)
  expect(engine.phase()).toBe('open')
})
