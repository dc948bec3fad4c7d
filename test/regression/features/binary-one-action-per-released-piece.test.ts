import { expect, it } from '@jest/globals'
import { socketReleased } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// Once the table of received bytes was full, each further piece led to one more action, which undid the batching of notifications.

useFakeTime()

it('binary reports evicted bytes at most once every 16 ms', async () => {
  const store = await setupOpenStore({ binary: { maxCount: 2 } })
  for (let n = 0; n < 10; n++) store.network.last.sendRaw(new Uint8Array([n]))
  await advanceTime(16)
  expect(store.recorder.of(socketReleased).map(({ payload }) => payload.ids.length)).toEqual([8])
})
