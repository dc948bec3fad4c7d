import { expect, it } from '@jest/globals'
import { socketConnect, socketSendRaw } from '../../src/index.js'
import { createWorld, passTime, useFakeTime } from '../unit/middleware/harness.js'

// What waited in the queue was the sender's own buffer: used again meanwhile, it changed what went out.

useFakeTime()

it('sends the bytes that were given', async () => {
  const world = createWorld()
  const buffer = new Uint8Array([0, 1, 2, 3])
  world.dispatch(socketSendRaw(buffer.subarray(1)))
  world.dispatch(socketSendRaw(buffer.buffer))
  buffer.fill(9)
  void world.dispatch(socketConnect())
  await passTime(1)
  expect(world.sent().map((frame) => [...new Uint8Array(frame as ArrayBuffer)])).toEqual([
    [1, 2, 3],
    [0, 1, 2, 3],
  ])
})
