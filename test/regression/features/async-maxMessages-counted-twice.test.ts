import { expect, it } from '@jest/globals'
import { socketConnect, socketDropped, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'
import { createSlowSchema } from '../../support/slowSchema.js'

// Sends that waited for the connection and sends that an async schema still checked were bounded separately: twice "queue.maxMessages" waited, and the
// state counted only the first kind.

useFakeTime()

it('queue.maxMessages bounds all sends that wait, whether or not an async schema still checks them', async () => {
  const slow = createSlowSchema()
  const store = setupStore({ queue: { maxMessages: 2 }, schema: { send: slow.schema } }, { mode: 'hold' })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  const results = ['sync a', 'slow b', 'slow c', 'sync d', 'slow e'].map((text) =>
    store.dispatch(socketSend(text, { id: text.at(-1)! })),
  )
  expect(results).toEqual([
    { id: 'a', delivery: 'queued' },
    { id: 'b', delivery: 'queued' },
    { id: 'c', delivery: 'dropped', reason: 'overflow' },
    { id: 'd', delivery: 'dropped', reason: 'overflow' },
    { id: 'e', delivery: 'dropped', reason: 'overflow' },
  ])
  expect(store.recorder.of(socketDropped).flatMap(({ payload }) => payload.ids)).toEqual(['c', 'd', 'e'])
  await advanceTime(20)
  expect(store.state().queued).toBe(2)

  store.network.last.accept()
  await slow.pass('slow b')
  await advanceTime(20)
  expect(store.sent()).toEqual(['"sync a"', '"slow b"'])
  expect(store.state().queued).toBe(0)
})
