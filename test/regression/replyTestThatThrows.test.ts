import { expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { createEngine, onFakeTime, pass } from '../unit/socket/engine.js'
import { buildStore } from '../support/buildStore.js'
import { createFakeNetwork } from '../support/fakeWebSocket.js'

// `isReply` is a callback of the app's: what it throws went out of the socket's own callback, and the message was lost.

const { connect, error, message } = createSocketActions()

const isPong = (frame: unknown) => (JSON.parse(String(frame)) as { type?: string }).type === 'pong'

onFakeTime()

it('a message that isReply chokes on reaches the store, and the slip is reported', async () => {
  const network = createFakeNetwork({ mode: 'accept' })
  using store = buildStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    codec: { encode: String, decode: String },
    heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong },
  })
  void store.dispatch(connect())
  await pass(1)
  network.last.receive('not JSON')
  await pass(20)
  expect(store.recorder.of(message).map(({ payload }) => payload)).toEqual(['not JSON'])
  expect(store.recorder.of(error).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  expect(store.state().status).toBe('open')
})

it('and the heartbeat goes on', async () => {
  const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000, reply: isPong } })
  await engine.open()
  for (let beat = 0; beat < 10; beat++) {
    engine.network.last.receive('not JSON')
    engine.network.last.receive('{"type":"pong"}')
    // oxlint-disable-next-line no-await-in-loop
    await pass(10_000)
  }
  expect(engine.phase()).toBe('open')
  expect(engine.network.sockets).toHaveLength(1)
})
