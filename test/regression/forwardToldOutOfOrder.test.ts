import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { createFakeNetwork } from '../support/fakeWebSocket.js'
import { buildStore } from '../support/buildStore.js'
import { useFakeTime } from '../support/fakeTime.js'

// That a forwarded action was dropped was told before the reducers had seen the action.

const { dropped } = createSocketActions()

useFakeTime()

it('reducers see a forwarded action before they hear that it was dropped', () => {
  const network = createFakeNetwork()
  using store = buildStore({ WebSocket: network.WebSocket, url: 'ws://a.test', queue: false, forward: 'said' })
  store.dispatch({ type: 'said' })
  expect(store.recorder.types).toEqual(['said', dropped.type])
})
