import { expect, it } from '@jest/globals'
import { socketClosed, socketError } from '../../../src/index.js'
import { createSlowSchema } from '../../support/slowSchema.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// The close of a socket waits for the messages before it that are still being checked. Meanwhile its heartbeat asked the closed socket, and reported
// a miss instead of the close.

useFakeTime()

it('the heartbeat reports no miss while a close waits for earlier messages', async () => {
  const { schema } = createSlowSchema()
  const store = await setupOpenStore({
    schema: { receive: schema },
    heartbeat: { interval: 50, timeout: 50 },
    reconnect: { backoff: () => 10_000 },
  })
  store.receiveJson('a')
  store.network.last.close(1012, 'restarting')
  await advanceTime(3_000)
  expect(store.recorder.of(socketError)).toEqual([])
  expect(store.recorder.of(socketClosed)[0]?.payload).toMatchObject({ code: 1012, reason: 'restarting' })
})
