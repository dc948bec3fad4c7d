import { expect, it } from '@jest/globals'
import { socketConnect, socketError, type Frame } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { setupStore } from '../../support/setupStore.js'

// `ws` throws for a value that is no frame. A question is sent by a timer, so the error ended the Node process.

useFakeTime()

it('a heartbeat.message that returns no frame is reported, and is not given to the socket', async () => {
  const network = createFakeNetwork({ mode: 'accept' })
  const message = (): Frame => ({ type: 'ping' }) as never
  const store = setupStore({
    WebSocket: network.WebSocket,
    heartbeat: { interval: 1_000, timeout: 500, message },
  })
  void store.dispatch(socketConnect())
  await advanceTime(2_500)
  expect(network.last.sent).toEqual([])
  expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(Array(3).fill('callback_failed'))
  expect(store.state().status).toBe('open')
})
