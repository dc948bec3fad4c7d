import { expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'

// Two sockets of one page got the same ArrayBuffer: what one changed, the other saw.

useFakeTime({ performance: true })

it('each socket of a page gets bytes of its own, in the holder and in another tab', async () => {
  const world = createTabWorld()
  const sockets = [world.open(), world.open()].flatMap((tab) => [openSocket(tab), openSocket(tab)])
  for (const { socket } of sockets) socket.binaryType = 'arraybuffer'
  await advanceTime(50)
  world.server.last.sendRaw(new Uint8Array([1, 2]))
  await advanceTime(50)
  const received = sockets.flatMap(({ messages }) => messages as ArrayBuffer[])
  expect(received.map((bytes) => [...new Uint8Array(bytes)])).toEqual(Array.from({ length: 4 }, () => [1, 2]))
  expect(new Set(received).size).toBe(4)
})
