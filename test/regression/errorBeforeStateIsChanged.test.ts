import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { buildStore } from '../support/buildStore.js'
import { createFakeNetwork } from '../support/fakeWebSocket.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'

// "State is changed before anything is emitted": a shouldReconnect or a backoff that throws was reported while the state still said
// `open` of a socket that was gone.

const { connect, error } = createSocketActions()

useFakeTime()

it.each(['shouldReconnect', 'backoff'])('tells that %s failed when the state no longer says open', async (callback) => {
  const network = createFakeNetwork({ mode: 'accept' })
  const fail = () => {
    throw new Error('slip')
  }
  using store = buildStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    reconnect: { [callback]: fail },
  })
  void store.dispatch(connect())
  await advanceTime(1)
  const told: string[] = []
  store.store.subscribe(() => {
    if (store.recorder.types.at(-1) === error.type) told.push(store.state().status)
  })
  network.last.drop()
  await advanceTime(1)
  expect(told).toEqual(['reconnecting'])
})
