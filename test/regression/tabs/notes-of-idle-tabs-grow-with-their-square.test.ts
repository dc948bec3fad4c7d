import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { ADDRESS, openSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// Each tab asked the holder whether it was there, and each answer went to all tabs: 20 idle tabs woke each other 277 times in a second.

useFakeTime({ performance: true })

it('one of many idle tabs asks for all', async () => {
  const world = createTabWorld()
  for (let n = 0; n < 20; n++) openSocket(world.open({ patience: 2_000 }))
  const spy = world.intrude(ADDRESS)
  await advanceTime(3_000)
  const before = spy.notes.length
  await advanceTime(10_000)
  // A question and an answer a second, and few more: two tabs may ask in the time that a note takes.
  expect(spy.notes.length - before).toBeLessThan(60)
})
