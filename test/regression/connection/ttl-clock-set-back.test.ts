import { expect, it, jest } from '@jest/globals'
import { socketDropped, socketSend } from '../../../src/index.js'
import { advanceTime, START, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// The time to live was compared with the clock only: after the clock was set back by ten minutes, a send waited ten minutes longer.

useFakeTime()

it('a send expires in time although the clock was set back', async () => {
  const store = setupStore()
  store.dispatch(socketSend(1, { id: 'a', ttl: 1_000 }))
  await advanceTime(500)
  jest.setSystemTime(START - 600_000)
  await advanceTime(600)
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
    { reason: 'expired', ids: ['a'], count: 1 },
  ])
})
