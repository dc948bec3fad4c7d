import { describe, expect, it } from '@jest/globals'
import { json, socketReconnect, socketSend, type Codec } from '../../../src/index.js'
import { framed } from '../../../src/features/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, told } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

/** A codec that decodes when the test says so. */
const slowCodec = () => {
  const waiting: (() => void)[] = []
  const { decode, encode } = json()
  const codec: Codec = {
    encode: async (value) => await Promise.resolve(encode(value)),
    decode: async (frame) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return decode(frame)
    },
    isPlain: true,
  }
  return { codec, decodeNext: () => waiting.shift()?.() }
}

describe('a session with a codec that is asynchronous', () => {
  it('counts a frame once it was delivered', async () => {
    const { codec, decodeNext } = slowCodec()
    const store = await openSessionStore({ codec })
    store.server.push(1)
    store.server.push(2)
    decodeNext()
    await advanceTime(250)
    expect([told(store).messages, store.server.acks.at(-1)]).toEqual([[1], { is: 'ack', received: 1 }])
  })

  it('gets again what was not decoded when the socket was given up, once', async () => {
    const { codec, decodeNext } = slowCodec()
    const store = await openSessionStore({ codec })
    for (const value of [1, 2, 3]) store.server.push(value)
    decodeNext()
    await advanceTime()
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect(store.server.hellos[1]).toMatchObject({ received: 1 })
    for (let n = 0; n < 6; n++) decodeNext()
    await advanceTime(1)
    for (let n = 0; n < 6; n++) decodeNext()
    await advanceTime(1)
    expect(told(store).messages).toEqual([1, 2, 3])
  })

  it('counts what is decoded after the socket has closed', async () => {
    const { codec, decodeNext } = slowCodec()
    const store = await openSessionStore({ codec })
    store.server.push(1)
    store.network.last.close(1012)
    await advanceTime()
    decodeNext()
    await advanceTime()
    await store.retry()
    expect([told(store).messages, store.server.hellos[1]]).toEqual([[1], expect.objectContaining({ received: 1 })])
  })

  it('keeps the order of what it sends', async () => {
    const { codec } = slowCodec()
    const store = await openSessionStore({ codec })
    for (const value of [1, 2, 3]) store.dispatch(socketSend(value))
    await advanceTime()
    await store.cut()
    for (const value of [4, 5]) store.dispatch(socketSend(value))
    await store.retry()
    expect(store.took()).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a session with frames of several messages', () => {
  it('counts frames, not messages', async () => {
    const lines = framed({
      encode: (value: unknown) => JSON.stringify(value),
      decode: (frame) =>
        (frame as string)
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown),
      isPlain: true,
    })
    const store = await openSessionStore({ codec: lines })
    store.server.push('1\n2')
    store.server.push('')
    store.server.push('3')
    await advanceTime(250)
    expect([told(store).messages, store.server.acks.at(-1)]).toEqual([[1, 2, 3], { is: 'ack', received: 3 }])
  })
})

describe('a frame that cannot be delivered', () => {
  it('is counted once it is refused', async () => {
    const store = await openSessionStore()
    store.server.push('not JSON')
    store.server.push(1)
    await advanceTime(250)
    expect([told(store).errors, told(store).messages, store.server.acks.at(-1)]).toEqual([
      ['invalid_frame'],
      [1],
      { is: 'ack', received: 2 },
    ])
  })

  it('is counted although a reducer throws', async () => {
    const store = await openSessionStore({
      toActions: () => {
        throw new Error('toActions')
      },
    })
    store.server.push(1)
    await advanceTime(250)
    expect(store.server.acks.at(-1)).toEqual({ is: 'ack', received: 1 })
  })
})
