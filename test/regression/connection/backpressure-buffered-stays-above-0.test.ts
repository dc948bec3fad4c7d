import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'

// The buffer was polled only while congested, so the state kept what was in it when the congestion ended.

const { connect, send } = createSocketActions()

useFakeTime()

it('`buffered` returns to 0 when everything has gone out', async () => {
  const network = createHeldServer({ mode: 'accept', slow: true })
  const store = setupStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    codec: { encode: String, decode: String },
    queue: { highWaterMark: 100 },
  })
  void store.dispatch(connect())
  await advanceTime(1)
  store.dispatch(send('x'.repeat(200)))
  await advanceTime(50)
  expect(store.state()).toMatchObject({ buffered: 200, congested: true })
  network.last.read(160)
  await advanceTime(50)
  expect(store.state().congested).toBe(false)
  network.last.read()
  await advanceTime(1_000)
  expect(store.state().buffered).toBe(0)
})
