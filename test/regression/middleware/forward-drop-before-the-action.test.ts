import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { setupStore } from '../../support/setupStore.js'
import { useFakeTime } from '../../support/fakeTime.js'

// The drop of a forwarded action was reported before the reducers had got the action.

const { dropped } = createSocketActions()

useFakeTime()

it('forward passes the action to the reducers before it reports its drop', () => {
  const network = createHeldServer()
  const store = setupStore({ WebSocket: network.WebSocket, url: 'ws://a.test', queue: false, forward: 'said' })
  store.dispatch({ type: 'said' })
  expect(store.recorder.types).toEqual(['said', dropped.type])
})
