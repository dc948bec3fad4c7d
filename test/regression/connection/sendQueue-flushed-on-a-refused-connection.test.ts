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
  expect(store.sent().slice(0, 2)).toEqual(['1', '2'])
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

it('nothing is reported once the server has sent a frame after them', async () => {
  const store = await setup()
  store.receiveJson('welcome')
  store.network.last.serverClose(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual([])
})

it.each(['ping', '', '\ufeff\n'])('the keep-alive %j of the server is no sign that it has read them', async (frame) => {
  const store = await setup()
  store.receive(frame)
  store.network.last.serverClose(4401)
  await advanceTime(1)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a', 'b'], count: 2 }])
})

it('a later socket starts over', async () => {
  const store = await setup()
  store.network.last.serverClose(1012)
  await advanceTime(20)
  expect(store.state().status).toBe('open')
  store.network.last.serverClose(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual([])
})

it('a heartbeat reports them, once', async () => {
  const store = await setup({ heartbeat: { interval: 1_000, timeout: 500 } })
  store.network.last.serverClose(4401)
  await advanceTime(1)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a', 'b'], count: 2 }])
})

it('a socketClose that ends in closeTimeout reports what waited for the connection', async () => {
  const store = setupStore({ closeTimeout: 100 }, { halfOpen: true })
  store.dispatch(socketSend(1, { id: 'a' }))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  void store.dispatch(socketClose())
  await advanceTime(200)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a'], count: 1 }])
})

it('no more ids are kept than the queue may hold, however often it drains', async () => {
  const store = setupStore(
    { heartbeat: false, queue: { maxMessages: 1, highWaterMark: 1 }, reconnect: { backoff: () => 10 } },
    { mode: 'accept' },
  )
  store.network.onSocket = (peer) => {
    peer.slow = true
  }
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.dispatch(socketSend('first'))
  for (const id of ['a', 'b', 'c']) {
    expect(store.dispatch(socketSend(id, { id })).delivery).toBe('queued')
    store.network.last.read()
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(1_000)
  }
  expect(store.state().queued).toBe(0)
  store.network.last.serverClose(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids: ['a'], count: 1 }])
})
