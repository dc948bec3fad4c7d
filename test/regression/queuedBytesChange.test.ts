import { expect, it } from '@jest/globals'
import { socketConnect, socketSendRaw } from '../../src/index.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupStore } from '../support/setupStore.js'

// What waited in the queue was the sender's own buffer: used again meanwhile, it changed what went out.

useFakeTime()

it('sends the bytes that were given', async () => {
  const store = setupStore()
  const buffer = new Uint8Array([0, 1, 2, 3])
  store.dispatch(socketSendRaw(buffer.subarray(1)))
  store.dispatch(socketSendRaw(buffer.buffer))
  buffer.fill(9)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  expect(store.sent().map((frame) => [...new Uint8Array(frame as ArrayBuffer)])).toEqual([
    [1, 2, 3],
    [0, 1, 2, 3],
  ])
})
