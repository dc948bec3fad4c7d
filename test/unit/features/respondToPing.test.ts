import { describe, expect, it } from '@jest/globals'
import { json, raw, type Codec, type HandshakeContext, type RespondToPing } from '../../../src/index.js'
import { sentence } from '../../support/mode.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'
import { socketConnect } from '../../../src/index.js'

useFakeTime()

/** A server that sends `{ ping: 7 }` and expects `{ pong: 7 }`. */
const pongTo: RespondToPing = (message) => {
  const { ping } = (message ?? {}) as { ping?: number }
  return ping === undefined ? undefined : { pong: ping }
}

const received = (actions: readonly { type: string; payload?: unknown }[]) =>
  actions.map(({ type, payload }) => [type, payload])

describe('a function as respondToPing', () => {
  it('answers with a value through the codec, and lets other messages pass', async () => {
    const store = await setupOpenStore({ respondToPing: pongTo })
    store.receive('{"ping":7}')
    store.receive('{"price":1}')
    expect(store.sent()).toEqual(['{"pong":7}'])
    expect(received(store.takeActions())).toEqual([['socket/message', { price: 1 }]])
  })

  it('answers with a text or bytes unchanged', async () => {
    const bytes = new Uint8Array([10]).buffer
    const store = await setupOpenStore({
      respondToPing: (_message, frame) => (frame === 'PING' ? 'PONG' : frame === 'ping2' ? bytes : undefined),
    })
    store.receive('PING')
    store.receive('ping2')
    expect(store.sent()).toEqual(['PONG', bytes])
    expect(store.takeActions()).toEqual([])
  })

  it('gets undefined for a frame that the codec cannot decode, which is then reported', async () => {
    const messages: unknown[] = []
    const store = await setupOpenStore({ respondToPing: (message) => void messages.push(message) })
    store.receive('{')
    await advanceTime()
    expect(messages).toEqual([undefined])
    expect(store.takeActions()).toMatchObject([{ payload: { code: 'invalid_frame' } }])
  })

  it.each([undefined, null, false])('lets a frame pass for which it returns %s', async (nothing) => {
    const store = await setupOpenStore({ respondToPing: () => nothing })
    store.receive('1')
    expect(store.sent()).toEqual([])
    expect(received(store.takeActions())).toEqual([['socket/message', 1]])
  })

  it.each([0, ''])('answers with %j, which is a value', async (value) => {
    const store = await setupOpenStore({ respondToPing: () => value })
    store.receive('1')
    expect(store.sent()).toEqual([String(value)])
  })

  it('answers during the handshake', async () => {
    const store = setupStore({
      respondToPing: pongTo,
      handshake: async ({ receive }: HandshakeContext) => void (await receive()),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receive('{"ping":1}')
    expect(store.sent()).toEqual(['{"pong":1}'])
    store.receive('"welcome"')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
  })

  it('answers what an asynchronous codec decodes, such as compressed frames', async () => {
    const zipped: Codec<never, unknown, string> = {
      encode: (value) => JSON.stringify(value),
      decode: async (frame) => JSON.parse(await Promise.resolve((frame as string).slice(1))) as unknown,
      isPlain: true,
    }
    const store = await setupOpenStore({ codec: zipped, respondToPing: pongTo })
    store.receive('z{"price":1}')
    store.receive('z{"ping":8}')
    store.receive('z{"price":2}')
    await advanceTime()
    expect(store.sent()).toEqual(['{"pong":8}'])
    expect(received(store.takeActions())).toEqual([
      ['socket/message', { price: 1 }],
      ['socket/message', { price: 2 }],
    ])
  })

  it('reports an error that it throws, and lets the frame pass', async () => {
    const store = await setupOpenStore({
      respondToPing: () => {
        throw new Error('bad ping')
      },
    })
    store.receive('1')
    await advanceTime()
    expect(store.takeActions()).toMatchObject([
      { type: 'socket/message', payload: 1 },
      { payload: { code: 'callback_failed', message: sentence(/"respondToPing" threw: bad ping/, 'bad ping') } },
    ])
  })

  it('reports an answer that the codec cannot encode', async () => {
    const store = await setupOpenStore({ respondToPing: () => ({ at: Number.NaN }) })
    store.receive('1')
    await advanceTime()
    expect(store.sent()).toEqual([])
    expect(store.takeActions()).toMatchObject([{ payload: { code: 'callback_failed' } }])
  })
})

describe('the texts of respondToPing', () => {
  it.each<[string, Codec<never>]>([
    ['raw()', raw()],
    ['json()', json()],
  ])('match bytes too, with %s', async (_name, codec) => {
    const store = await setupOpenStore({ codec, respondToPing: { ping: 'PING\r\n', pong: 'PONG\r\n' } })
    store.network.last.sendRaw(new TextEncoder().encode('PING\r\n').buffer)
    expect(store.sent()).toEqual(['PONG\r\n'])
    expect(store.takeActions()).toEqual([])
  })

  it('do not match other bytes of the same length', async () => {
    const store = await setupOpenStore({ codec: raw(), respondToPing: {} })
    store.network.last.sendRaw(new TextEncoder().encode('pinG').buffer)
    expect(store.sent()).toEqual([])
  })
})
