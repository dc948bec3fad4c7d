import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { buildStore } from '../support/buildStore.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'

// socketChanged is told before its patch is forgotten, so what a subscriber queues meanwhile was forgotten with it.

const { send } = createSocketActions()

useFakeTime()

it('counts a message that a subscriber of socketChanged queues', async () => {
  using store = buildStore({ url: 'ws://server.test/ws' })
  const unsubscribe = store.store.subscribe(() => {
    if (store.state().queued !== 1) return
    unsubscribe()
    store.dispatch(send('second'))
  })
  store.dispatch(send('first'))
  await advanceTime(1_000)
  expect(store.state().queued).toBe(2)
})
