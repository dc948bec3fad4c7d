import { expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketDropped, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type TestStore } from '../../support/setupStore.js'

// A server accepts the socket, reads the token and closes with 4401. What the queue had written by then was `sent`, and nobody had read it.

useFakeTime()

const dropped = (store: TestStore): unknown[] => store.recorder.of(socketDropped).map(({ payload }) => payload)

const setup = async (options = {}) => {
  const store = setupStore({ heartbeat: false, reconnect: { backoff: () => 10 }, ...options })
  store.dispatch(socketSend(1, { id: 'a' }))
  store.dispatch(socketSend(2, { id: 'b' }))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  expect(store.sent()).toEqual(['1', '2'])
  return store
}

it.each([1008, 4400, 4401, 4499])('sends on a socket that the server closes with %i are reported', async (code) => {
  const store = await setup()
  store.network.last.serverClose(code)
  await advanceTime(1)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a', 'b'], count: 2 }])
})

it.each([1000, 1001, 1012])('sends on a socket that the server closes with %i are not reported', async (code) => {
  const store = await setup()
  store.network.last.serverClose(code)
  await advanceTime(1)
  expect(dropped(store)).toEqual([])
})

it('sends before the last received frame are not reported', async () => {
  const store = await setup()
  store.receiveJson('welcome')
  store.dispatch(socketSend(3, { id: 'c' }))
  store.network.last.serverClose(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['c'], count: 1 }])
})

it('a socketClose that ends in closeTimeout reports what may not have arrived', async () => {
  const store = setupStore({ closeTimeout: 100 }, { halfOpen: true })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.dispatch(socketSend(1, { id: 'a' }))
  void store.dispatch(socketClose())
  await advanceTime(200)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a'], count: 1 }])
})
