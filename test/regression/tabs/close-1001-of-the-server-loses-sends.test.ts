import { expect, it } from '@jest/globals'
import { socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSocket } from '../../support/tabs/tabSocket.js'
import { openStore } from '../../support/tabs/tabStore.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// The sockets stayed open for the 200 ms in which a close with 1001 may turn out to be a hand-over: what was sent then was dropped as indeterminate.

useFakeTime({ performance: true })

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

it('a socket that is created then waits for the next connection, in the holder and in another tab', async () => {
  const world = createTabWorld()
  const tab = world.open()
  openSocket(tab)
  await advanceTime(50)
  world.server.last.close(1001, 'deploy')
  await advanceTime(20)
  const sockets = [openSocket(tab), openSocket(world.open())]
  await advanceTime(20)
  expect(sockets.map(({ events }) => events)).toEqual([[], []])
  await advanceTime(1_000)
})

it('a socket that is being closed then gets its close event', async () => {
  const world = createTabWorld({ lockDelay: () => 20 })
  const { events, socket } = openSocket(world.open())
  await advanceTime(100)
  socket.close()
  world.server.last.close(1001, 'deploy')
  await advanceTime(2_000)
  expect([events, socket.readyState]).toEqual([['open', expect.stringContaining('close')], 3])
})

// The sockets went on taking sends while the closing handshake was under way.
it('sends wait in the queue while the server closes, in the holder at once and in another tab after its first', async () => {
  const world = createTabWorld()
  const stores = [openStore(world.open()), openStore(world.open())]
  await advanceTime(50)
  const { socket } = world.server.last
  socket.readyState = 2
  const send = () => stores.map((store) => store.dispatch(socketSend('late')).delivery)
  expect(send()).toEqual(['queued', 'sent'])
  await advanceTime(5)
  expect(send()).toEqual(['queued', 'queued'])
  socket.readyState = 1
  world.server.last.close(1012)
  await advanceTime(50)
  expect(stores.map((store) => store.state().queued)).toEqual([2, 1])
  expect(stores.map((store) => store.actionsOf('socket/dropped').length)).toEqual([0, 1])
})
