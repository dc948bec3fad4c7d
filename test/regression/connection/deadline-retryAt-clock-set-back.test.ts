import { expect, it, jest } from '@jest/globals'
import { advanceTime, START, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, type TestStore } from '../../support/setupStore.js'

// The clock was set back by an hour while a retry waited: the retry came when it was due, but `retryAt` said an hour later.

const HOUR = 3_600_000

useFakeTime()

const setup = async (): Promise<TestStore> => {
  const store = await setupOpenStore({ reconnect: { backoff: () => 30_000 } }, { mode: 'accept' })
  store.network.last.cut()
  expect(store.state().retryAt).toBe(Date.now() + 30_000)
  return store
}

it('retryAt follows a clock that is set back', async () => {
  const store = await setup()
  const lostAt = Date.now()
  await advanceTime(2_000)
  jest.setSystemTime(Date.now() - HOUR)
  await advanceTime(3_016)
  expect(store.state().retryAt).toBe(lostAt + 30_000 - HOUR)
  await advanceTime(24_983)
  expect([store.state().status, store.network.connections.length]).toEqual(['reconnecting', 1])
  await advanceTime(2)
  expect(store.state()).toMatchObject({ status: 'open', retryAt: null })
})

it('the retry comes within seconds on a clock that is set forward', async () => {
  const store = await setup()
  await advanceTime(2_000)
  jest.setSystemTime(Date.now() + HOUR)
  await advanceTime(3_001)
  expect(store.state()).toMatchObject({ status: 'open', retryAt: null })
})

it('retryAt is not reported again while the clock runs on', async () => {
  const store = await setup()
  const { retryAt } = store.state()
  store.takeActions()
  const changes = jest.fn()
  store.store.subscribe(changes)
  await advanceTime(29_000)
  expect(changes).not.toHaveBeenCalled()
  expect(store.state().retryAt).toBe(retryAt)
  expect(Date.now()).toBeGreaterThan(START)
})
