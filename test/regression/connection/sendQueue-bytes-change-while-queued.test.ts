import { expect, it } from '@jest/globals'
import { socketConnect, socketSendRaw } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// The queue kept the sender's own buffer: when that was used again meanwhile, other bytes went out.

useFakeTime()

it('the queue sends the bytes that were given to it', async () => {
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
