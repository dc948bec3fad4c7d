import { expect, it } from '@jest/globals'
import { createSocketMiddleware, socketConnect, socketError, type Feature } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// A step between open and ready that threw, instead of returning a promise that rejects, threw out of the socket's callback. The attempt then ended by
// connectTimeout.

useFakeTime()

it('a feature whose beforeReady throws ends the attempt as a rejection does', async () => {
  const failing: Feature<never> = {
    options: [],
    order: 50,
    create: () => ({
      beforeReady: () => {
        throw new Error('no ticket')
      },
    }),
  }
  const store = setupStore({ create: createSocketMiddleware.with(failing) })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
    { code: 'handshake_failed', message: 'no ticket' },
  ])
  expect(store.state().status).toBe('reconnecting')
})
