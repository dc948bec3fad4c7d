import { expect, it } from '@jest/globals'
import { socketError } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// A function for `heartbeat.message` may return something else than a frame, such as an object that still has to be encoded. `ws` threw a TypeError out of
// the socket's callback and out of a timer, a browser sent "[object Object]", and `undefined` asked nothing without an error.

useFakeTime()

it.each<[string, unknown]>([
  ['an object', { type: 'ping' }],
  ['a number', 7],
  ['null', null],
  ['undefined', undefined],
])('a heartbeat.message that returns %s is reported, and nothing is sent', async (_what, question) => {
  const store = await setupOpenStore({
    heartbeat: { interval: 1_000, timeout: 500, message: () => question as string },
  })
  await advanceTime(1_000)
  expect(store.sent()).toEqual([])
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual([
    'callback_failed',
    'callback_failed',
  ])
  expect(store.state().status).toBe('open')
})
