import { expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// While the function for the url was asked, `retryAt` stayed a time in the past: a countdown showed 0 for as long as the function took.

useFakeTime()

it('retryAt is null while a function of the address is asked', async () => {
  let takes = 0
  const url = async () => {
    await new Promise((resolve) => setTimeout(resolve, takes))
    return 'ws://server.test'
  }
  const store = setupStore({ url, reconnect: { backoff: () => 100 } })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  takes = 1_000
  store.network.last.cut()
  await advanceTime(1)
  expect(store.state().retryAt).toBeGreaterThan(Date.now())
  await advanceTime(200)
  expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: null })
  await advanceTime(1_000)
  expect(store.state().status).toBe('open')
})
