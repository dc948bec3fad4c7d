import { expect, it, jest } from '@jest/globals'
import { advanceTime, START, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// After the clock was set back by ten minutes, an idle connection stayed open ten minutes longer.

useFakeTime()

it('an idle connection is closed after one more timeout at most when the clock is set back', async () => {
  const store = await setupOpenStore({ idleTimeout: 1_000 })
  await advanceTime(500)
  jest.setSystemTime(START - 600_000)
  await advanceTime(1_600)
  expect(store.state().status).toBe('closed')
})
