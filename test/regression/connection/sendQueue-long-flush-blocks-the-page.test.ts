import { expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketDropped, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// 100 000 sends that had waited went out in one block of a second.

useFakeTime()

const COUNT = 5_000

const setup = async (options = {}) => {
  const store = setupStore({ queue: { maxMessages: Infinity, maxBytes: Infinity }, ...options }, { mode: 'hold' })
  for (let n = 0; n < COUNT; n++) store.dispatch(socketSend(n, { id: String(n) }))
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return store
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n))

it('a long queue goes out in slices, in order, and a send made meanwhile goes behind', async () => {
  const store = await setup()
  store.network.last.accept()
  expect(store.state().status).toBe('open')
  expect(store.sent()).toEqual(numbers(0, 1_000))
  expect(store.dispatch(socketSend(COUNT)).delivery).toBe('queued')
  // A send starts no slice of its own.
  expect(store.sent()).toHaveLength(1_000)
  await advanceTime(0)
  expect(store.sent()).toHaveLength(2_000)
  await advanceTime(20)
  expect(store.sent()).toEqual(numbers(0, COUNT + 1))
  expect(store.state().queued).toBe(0)
  expect(store.dispatch(socketSend('last')).delivery).toBe('sent')
})

it('a close between two slices drops what is left', async () => {
  const store = await setup()
  store.network.last.accept()
  await advanceTime(0)
  const sent = store.sent().length
  expect(sent).toBe(2_000)
  void store.dispatch(socketClose())
  await advanceTime(20)
  expect(store.sent()).toHaveLength(sent)
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
    { reason: 'closed', ids: numbers(sent, COUNT), count: COUNT - sent },
  ])
})

it('a socket that is lost between two slices leaves the rest for the next one', async () => {
  const store = await setup({ reconnect: { backoff: () => 0 } })
  store.network.last.accept()
  store.network.mode = 'accept'
  store.network.last.cut()
  await advanceTime(50)
  expect(store.network.connections.map(({ receivedRaw: sent }) => sent.length)).toEqual([1_000, COUNT - 1_000])
  expect(store.sent()).toEqual(numbers(0, COUNT))
})
