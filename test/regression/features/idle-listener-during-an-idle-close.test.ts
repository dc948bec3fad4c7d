import { expect, it } from '@jest/globals'
import { socketListen, socketReceive } from '../../../src/features/listen.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type TestStore } from '../../support/setupStore.js'

// A lazy connection that was closing for being idle was not opened again by a listener that was added meanwhile: only a queued send did that. The
// listener got nothing until somebody sent, and an iteration ended before it started.

useFakeTime()

const fallAsleep = async (): Promise<TestStore> => {
  const store = setupStore({ lazy: true, idleTimeout: 1_000 }, { halfOpen: true })
  store.dispatch(socketListen(/first/, () => {}))
  await advanceTime(1_100)
  expect(store.state().status).toBe('closing')
  return store
}

it('an idle close opens again for a listener', async () => {
  const store = await fallAsleep()
  const received: unknown[] = []
  store.dispatch(socketListen(/.*/, (message) => received.push(message)))
  store.network.last.finishClose()
  await advanceTime(1)
  expect(store.state().status).toBe('open')
  store.receiveJson({ type: 'a' })
  expect(received).toEqual([{ type: 'a' }])
})

it('an idle close opens again for a reader, which waits for it', async () => {
  const store = await fallAsleep()
  const next = store.dispatch(socketReceive()).next()
  store.network.last.finishClose()
  await advanceTime(1)
  expect(store.state().status).toBe('open')
  store.receiveJson({ type: 'a' })
  expect(await next).toEqual({ done: false, value: { type: 'a' } })
})
