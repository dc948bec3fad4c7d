import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { buildStore } from '../support/buildStore.js'
import { createFakeNetwork } from '../support/fakeWebSocket.js'
import { onFakeTime, pass } from '../unit/socket/engine.js'

// "State is changed before anything is emitted": a shouldReconnect or a backoff that throws was reported while the state still said
// `open` of a socket that was gone.

const { connect, error } = createSocketActions()

onFakeTime()

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
  await pass(1)
  const told: string[] = []
  store.store.subscribe(() => {
    if (store.recorder.types.at(-1) === error.type) told.push(store.state().status)
  })
  network.last.drop()
  await pass(1)
  expect(told).toEqual(['reconnecting'])
})
