import { expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketDropped, socketReconnect, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type TestStore } from '../../support/setupStore.js'

// A server accepts the socket and closes it without reading: it refuses the client, or its close crosses a send. What was written by then was
// `sent`, nobody had read it, and without a heartbeat nothing was reported.

useFakeTime()

const dropped = (store: TestStore): unknown[] => store.recorder.of(socketDropped).map(({ payload }) => payload)
const indeterminate = (...ids: string[]) => [{ reason: 'indeterminate', ids, count: ids.length }]

/** `a` waited in the queue, `b` was sent on the open connection. */
const setup = async (options = {}) => {
  const store = setupStore({ heartbeat: false, reconnect: { backoff: () => 10 }, ...options })
  store.dispatch(socketSend(1, { id: 'a' }))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.dispatch(socketSend(2, { id: 'b' }))
  expect(store.sent().filter((frame) => frame !== 'ping')).toEqual(['1', '2'])
  return store
}

it.each([1000, 1001, 1005, 1008, 1012, 4000, 4400, 4401, 4499])(
  'sends that no frame followed are reported when the server closes with %i',
  async (code) => {
    const store = await setup()
    store.network.last.close(code)
    await advanceTime(1)
    expect(dropped(store)).toEqual(indeterminate('a', 'b'))
  },
)

it('sends that no frame followed are reported when the connection is cut', async () => {
  const store = await setup()
  store.network.last.cut()
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a', 'b'))
})

it('sends that no frame followed are reported when the app gives the socket up', async () => {
  const store = await setup()
  void store.dispatch(socketReconnect())
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a', 'b'))
})

it('a send is reported that the close frame of the server crosses', async () => {
  const store = await setup()
  store.receiveJson('welcome')
  store.dispatch(socketSend('late', { id: 'late' }))
  store.network.last.startClose(1000)
  void store.dispatch(socketClose())
  store.network.last.finishClose()
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('late'))
})

it('nothing is reported once the server has sent a frame after them', async () => {
  const store = await setup()
  store.receiveJson('welcome')
  store.network.last.close(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual([])
})

it.each(['ping', '', '\ufeff\n'])('the keep-alive %j of the server is no sign that it has read them', async (frame) => {
  const store = await setup()
  store.receive(frame)
  store.network.last.close(1000)
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a', 'b'))
})

it('nothing is reported when the server answers the close frame', async () => {
  const store = await setup()
  void store.dispatch(socketClose())
  await advanceTime(1)
  expect(store.state().status).toBe('closed')
  expect(dropped(store)).toEqual([])
})

it('a later socket starts over', async () => {
  const store = await setup()
  store.network.last.close(1012)
  await advanceTime(20)
  expect(store.state().status).toBe('open')
  store.network.last.close(4403)
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a', 'b'))
})

it('a heartbeat reports them, once', async () => {
  const store = await setup({ heartbeat: { interval: 1_000, timeout: 500 } })
  store.network.last.close(4401)
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a', 'b'))
})

it('a socketClose that ends in closeTimeout reports them', async () => {
  const store = setupStore({ closeTimeout: 100 }, { halfOpen: true })
  store.dispatch(socketSend(1, { id: 'a' }))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  void store.dispatch(socketClose())
  await advanceTime(200)
  expect(dropped(store)).toEqual(indeterminate('a'))
})

it('a connection without a queue reports them', async () => {
  const store = setupStore({ queue: false })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.dispatch(socketSend(1, { id: 'a' }))
  store.network.last.close(1000)
  await advanceTime(1)
  expect(dropped(store)).toEqual(indeterminate('a'))
})

it('the newest thousand ids are kept, and all sends are counted', async () => {
  const store = await setup()
  for (let n = 0; n < 3_000; n++) store.dispatch(socketSend(n, { id: String(n) }))
  store.network.last.cut()
  await advanceTime(1)
  const ids = Array.from({ length: 1_000 }, (_, n) => String(n + 2_000))
  expect(dropped(store)).toEqual([{ reason: 'indeterminate', ids, count: 3_002 }])
})
