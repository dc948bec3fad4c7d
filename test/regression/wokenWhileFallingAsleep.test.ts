import { expect, it } from '@jest/globals'
import { socketListen, socketReceive } from '../../src/features/listen.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupStore, type TestStore } from '../support/setupStore.js'

// A lazy connection that was saying its goodbye for want of traffic was not opened again by who began to listen meanwhile: only a send
// in the queue did that. The listener heard nothing until somebody sent, and an iteration was over before it began.

useFakeTime()

const fallAsleep = async (): Promise<TestStore> => {
  const store = setupStore({ lazy: true, idleTimeout: 1_000 }, { halfOpen: true })
  store.dispatch(socketListen(/first/, () => {}))
  await advanceTime(1_100)
  expect(store.state().status).toBe('closing')
  return store
}

it('opens again for who listens', async () => {
  const store = await fallAsleep()
  const heard: unknown[] = []
  store.dispatch(socketListen(/.*/, (message) => heard.push(message)))
  store.network.last.finishClose()
  await advanceTime(1)
  expect(store.state().status).toBe('open')
  store.receiveJson({ type: 'a' })
  expect(heard).toEqual([{ type: 'a' }])
})

it('opens again for who reads, who waits for it', async () => {
  const store = await fallAsleep()
  const next = store.dispatch(socketReceive()).next()
  store.network.last.finishClose()
  await advanceTime(1)
  expect(store.state().status).toBe('open')
  store.receiveJson({ type: 'a' })
  expect(await next).toEqual({ done: false, value: { type: 'a' } })
})
