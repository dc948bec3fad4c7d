import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { advanceTime, useFakeTime } from '../support/fakeTime.js'
import { setupConnection } from '../support/setupConnection.js'
import { buildStore } from '../support/buildStore.js'
import { createFakeNetwork } from '../support/fakeWebSocket.js'

// `isReply` is a callback of the app's: what it throws went out of the socket's own callback, and the message was lost.

const { connect, error, message } = createSocketActions()

const isPong = (frame: unknown) => (JSON.parse(String(frame)) as { type?: string }).type === 'pong'

useFakeTime()

it('a message that isReply chokes on reaches the store, and the slip is reported', async () => {
  const network = createFakeNetwork({ mode: 'accept' })
  using store = buildStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    codec: { encode: String, decode: String },
    heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong },
  })
  void store.dispatch(connect())
  await advanceTime(1)
  network.last.receive('not JSON')
  await advanceTime(20)
  expect(store.recorder.of(message).map(({ payload }) => payload)).toEqual(['not JSON'])
  expect(store.recorder.of(error).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  expect(store.state().status).toBe('open')
})

it('and the heartbeat goes on', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong } })
  await connection.open()
  for (let beat = 0; beat < 10; beat++) {
    connection.network.last.receive('not JSON')
    connection.network.last.receive('{"type":"pong"}')
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(10_000)
  }
  expect(connection.phase()).toBe('open')
  expect(connection.network.sockets).toHaveLength(1)
})
