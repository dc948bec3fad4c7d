import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { setupStore } from '../../support/setupStore.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'

// socketChanged was emitted before the noted values were cleared, so what a subscriber queued meanwhile was cleared too.

const { send } = createSocketActions()

useFakeTime()

it('socketChanged counts a message that one of its subscribers queues', async () => {
  const store = setupStore({ url: 'ws://server.test/ws' })
  const unsubscribe = store.store.subscribe(() => {
    if (store.state().queued !== 1) return
    unsubscribe()
    store.dispatch(send('second'))
  })
  store.dispatch(send('first'))
  await advanceTime(1_000)
  expect(store.state().queued).toBe(2)
})
