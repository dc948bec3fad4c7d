import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { ADDRESS, openSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// Each report on what was sent had the counts of every tab that had ever sent: some kilobytes after a day.

useFakeTime({ performance: true })

it.each([
  ['with a heartbeat', { heartbeat: { interval: 20, timeout: 1_000 } }],
  ['without one', { heartbeat: false as const }],
])('a report on what was sent names the holder and the tab for which it is new at most, %s', async (_what, options) => {
  const world = createTabWorld()
  const spy = world.intrude(ADDRESS)
  openStore(world.open(), options)
  await advanceTime(20)
  for (let n = 0; n < 10; n++) {
    const { socket } = openSocket(world.open())
    await advanceTime(10)
    socket.send('x')
    await advanceTime(10)
    world.server.last.sendRaw('pong')
    await advanceTime(10)
    socket.close()
    await advanceTime(10)
  }
  const reports = spy.notes.filter((note) => note.t === 'sent')
  expect(reports.length).toBeGreaterThan(15)
  for (const { passed, confirmed } of reports)
    expect(Object.keys({ ...passed, ...confirmed }).length).toBeLessThanOrEqual(2)
})
