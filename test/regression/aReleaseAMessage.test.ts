import { expect, it } from '@jest/globals'
import { socketReleased } from '../../src/index.js'
import { openWorld, passTime, useFakeTime } from '../unit/middleware/harness.js'

// Once the room for received bytes was full, each further piece was an action more, which undid the batching of notifications.

useFakeTime()

it('says once a frame what had to go', async () => {
  const world = await openWorld({ binary: { maxCount: 2 } })
  for (let n = 0; n < 10; n++) world.network.last.receive(new Uint8Array([n]))
  await passTime(16)
  expect(world.recorder.of(socketReleased).map(({ payload }) => payload.ids.length)).toEqual([8])
})
