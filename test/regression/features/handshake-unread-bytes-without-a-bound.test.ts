import { describe, expect, it } from '@jest/globals'
import { createSocketActions, type HandshakeContext } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

// What a handshake had not read was bounded by its number only: a thousand frames of any size, and a frame of any size was passed to it.

const MiB = 1024 * 1024
const { connect, error, message } = createSocketActions()

useFakeTime()

const shakeHands = async (options: StoreOptions = {}) => {
  const network = createHeldServer({ mode: 'accept' })
  let done = () => {}
  let receive: HandshakeContext['receive'] = () => Promise.reject(new Error('not yet'))
  const store = setupStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    handshake: async (context) => {
      ;({ receive } = context)
      await new Promise<void>((resolve) => (done = resolve))
    },
    ...options,
  })
  void store.dispatch(connect())
  await advanceTime(1)
  return {
    store,
    receiveBytes: (size: number) => network.last.sendRaw(JSON.stringify('x'.repeat(size - 2))),
    receive: () => receive(),
    done: async () => {
      done()
      // The store's own frame, too.
      await advanceTime(20)
    },
    errors: () => store.recorder.of(error).map(({ payload }) => payload),
    messages: () => store.recorder.of(message).map(({ payload }) => String(payload).length + 2),
  }
}

describe('frames that a handshake has not read', () => {
  it('may have eight MiB together', async () => {
    const { store, receiveBytes, done, errors, messages } = await shakeHands()
    for (let n = 0; n < 8; n++) receiveBytes(MiB)
    await done()
    expect(store.state().status).toBe('open')
    expect(errors()).toEqual([])
    expect(messages()).toEqual(Array.from({ length: 8 }, () => MiB))
  })

  it('end it when they have more', async () => {
    const { store, receiveBytes, errors, messages } = await shakeHands()
    for (let n = 0; n < 8; n++) receiveBytes(MiB)
    receiveBytes(3)
    await advanceTime(1)
    expect(store.state().status).toBe('reconnecting')
    expect(errors()).toEqual([{ code: 'handshake_failed', message: expect.stringContaining('unread') }])
    expect(messages()).toEqual([])
  })

  it('do not count once they are read', async () => {
    const { store, receiveBytes, receive, done, errors } = await shakeHands()
    for (let n = 0; n < 20; n++) {
      receiveBytes(MiB)
      // oxlint-disable-next-line no-await-in-loop
      if (n % 2) await Promise.all([receive(), receive()])
    }
    await done()
    expect([store.state().status, errors()]).toEqual(['open', []])
  })

  it('may be a single one that is larger, where the app allows that', async () => {
    const { store, receiveBytes, done, messages } = await shakeHands({ maxMessageBytes: 20 * MiB })
    receiveBytes(12 * MiB)
    await done()
    expect([store.state().status, messages()]).toEqual(['open', [12 * MiB]])
  })
})

describe('a frame above maxMessageBytes', () => {
  it('is reported and skipped in a handshake as outside of one', async () => {
    const { store, receiveBytes, receive, done, errors, messages } = await shakeHands({ maxMessageBytes: 100 })
    const reading = receive()
    receiveBytes(101)
    receiveBytes(100)
    receiveBytes(102)
    receiveBytes(99)
    expect(String(await reading)).toHaveLength(98)
    const inside = errors()
    await done()
    receiveBytes(101)
    await advanceTime(20)
    expect(messages()).toEqual([99])
    expect(errors()).toHaveLength(3)
    expect(inside.map(({ code }) => code)).toEqual(['message_too_large', 'message_too_large'])
    expect(errors()[2]).toEqual(inside[0])
    expect(store.state().status).toBe('open')
  })
})
