import { describe, expect, it } from '@jest/globals'
import { socketConnect, type HandshakeContext } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { jsonCodecs } from '../../support/jsonCodecs.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'

// Servers send empty frames as keep-alives, and some begin a text with a byte order mark. Both were `invalid_frame`.

useFakeTime()

describe.each(jsonCodecs)('%s', (_codec, options) => {
  it.each(['', ' ', '\n', '\ufeff', '\ufeff \r\n'])('ignores the blank frame %j', async (frame) => {
    const store = await setupOpenStore(options)
    store.receive(frame)
    await advanceTime()
    expect(store.takeActions()).toEqual([])
  })

  it('reads a text that begins with a byte order mark', async () => {
    const store = await setupOpenStore(options)
    store.receive('\ufeff{"bom":true}')
    await advanceTime()
    expect(store.takeActions()).toMatchObject([{ type: 'socket/message', payload: { bom: true } }])
  })
})

it('a blank frame counts as life for the heartbeat', async () => {
  const store = await setupOpenStore({ heartbeat: { interval: 1_000, timeout: 500, message: false } })
  for (let n = 0; n < 5; n++) {
    await advanceTime(1_400)
    store.receive('')
  }
  expect(store.takeActions()).toEqual([])
})

it('a blank frame is no message of a handshake', async () => {
  const received: unknown[] = []
  const store = setupStore({
    handshake: async ({ receive }: HandshakeContext) => void received.push(await receive()),
  })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.receive('')
  store.receive('"welcome"')
  await advanceTime(1)
  expect(received).toEqual(['welcome'])
})
