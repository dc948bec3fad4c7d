import { expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// The sockets stayed open for the 200 ms in which a close with 1001 may turn out to be a hand-over: what was sent then was dropped as indeterminate.

useFakeTime()

it('sends wait in the queue once the server has closed with 1001, in the holder and in another tab', async () => {
  const world = createTabWorld()
  const stores = [openStore(world.open()), openStore(world.open())]
  await advanceTime(50)
  world.server.last.close(1001, 'deploy')
  await advanceTime(10)
  const results = stores.map((store) => store.dispatch(socketSend('late')))
  expect(results.map(({ delivery }) => delivery)).toEqual(['queued', 'queued'])
  await advanceTime(1_000)
  expect(stores.map((store) => store.state())).toMatchObject([
    { status: 'reconnecting', queued: 1, lastClose: { code: 1001, reason: 'deploy' } },
    { status: 'reconnecting', queued: 1, lastClose: { code: 1001, reason: 'deploy' } },
  ])
  expect(stores.flatMap((store) => store.actionsOf('socket/dropped'))).toEqual([])
})
