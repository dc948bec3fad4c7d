import { expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketReceive } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// The documented order, receive before connect, worked once: after a socketClose() the iteration ended at once.

useFakeTime()

it('an iteration that starts while the connection is closed waits for the next one', async () => {
  const store = setupStore()
  const visit = async (): Promise<unknown[]> => {
    const messages = store.dispatch(socketReceive())
    await advanceTime(1)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson({ n: 1 })
    const first = await messages.next()
    void store.dispatch(socketClose())
    await advanceTime(1)
    return [first, await messages.next()]
  }
  const read = [
    { done: false, value: { n: 1 } },
    { done: true, value: undefined },
  ]
  expect([await visit(), await visit()]).toEqual([read, read])
})
