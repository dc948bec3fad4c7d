import { expect, it } from '@jest/globals'
import { socketReconnect } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// The locks of the other tabs are asked for before the connection ends. A socket that was created meanwhile joined it, and was closed with it.

useFakeTime({ performance: true })

it.each([0, 1, 5])('socketReconnect opens a new connection when the locks answer after %i ms', async (ms) => {
  const world = createTabWorld({ lockDelay: () => ms })
  const store = openStore(world.open())
  await advanceTime(100)
  const [first] = world.server.connections
  const outcome = store.dispatch(socketReconnect())
  for (let n = 0; n < 50; n++) {
    if (world.server.live) first!.send({ type: 'said', payload: 'old' })
    await advanceTime(1)
  }
  await advanceTime(200)
  expect(await outcome).toBe('open')
  expect(world.server.connections).toHaveLength(2)
  expect(store.actionsOf('socket/closed')).toHaveLength(1)
  expect(store.actionsOf('socket/closed', 'said').at(-1)).toMatchObject({ type: 'socket/closed' })
})
