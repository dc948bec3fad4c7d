import { expect, it } from '@jest/globals'
import { createSocketActions, createSocketMiddleware } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore } from '../../support/setupStore.js'

// Two connections with `accept` and `forward` for the same actions, to servers that echo: one action became 138 591 in 1.5 s.

useFakeTime()

it('what one connection received is not sent by another', async () => {
  const network = createHeldServer({ mode: 'accept' })
  const other = createSocketActions('other')
  const rules = { accept: /posts\/.+/, forward: /posts\/.+/ }
  const second = createSocketMiddleware({
    url: 'ws://other.test',
    actions: other,
    WebSocket: network.WebSocket,
    ...rules,
  })
  const store = await setupOpenStore({ ...rules, connections: [second] })
  void store.dispatch(other.connect())
  await advanceTime(1)
  network.last.onReceived = (frame) => network.last.sendRaw(frame)
  store.network.last.onReceived = (frame) => store.network.last.sendRaw(frame)

  store.dispatch({ type: 'posts/created', payload: 1 })
  await advanceTime(1)
  expect([store.sent().length, network.last.receivedRaw.length]).toEqual([1, 1])
})
