import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'
import { setupStore } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'

// `heartbeat.reply` is a callback of the app: what it threw went out of the socket's callback, and the message was lost.

const { connect, error, message } = createSocketActions()

const isPong = (frame: unknown) => (JSON.parse(String(frame)) as { type?: string }).type === 'pong'

useFakeTime()

it('a message for which heartbeat.reply throws reaches the store, and the error is reported', async () => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    codec: { encode: String, decode: String },
    heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong },
  })
  void store.dispatch(connect())
  await advanceTime(1)
  network.last.sendRaw('not JSON')
  await advanceTime(20)
  expect(store.recorder.of(message).map(({ payload }) => payload)).toEqual(['not JSON'])
  expect(store.recorder.of(error).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  expect(store.state().status).toBe('open')
})

it('the heartbeat continues after heartbeat.reply has thrown', async () => {
  const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong } })
  await connection.open()
  for (let beat = 0; beat < 10; beat++) {
    connection.network.last.sendRaw('not JSON')
    connection.network.last.sendRaw('{"type":"pong"}')
    // oxlint-disable-next-line no-await-in-loop
    await advanceTime(10_000)
  }
  expect(connection.phase()).toBe('open')
  expect(connection.network.connections).toHaveLength(1)
})
