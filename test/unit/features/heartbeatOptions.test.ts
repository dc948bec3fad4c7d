import { describe, expect, it } from '@jest/globals'
import { socketConnect, type HandshakeContext } from '../../../src/index.js'
import { inDevelopment, sentence } from '../../support/mode.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'

useFakeTime()

const heartbeat = { interval: 60_000, timeout: 5_000 }

describe('setHeartbeat', () => {
  it('sets the interval that the server dictates', async () => {
    const store = setupStore({
      heartbeat: { ...heartbeat, message: () => '{"op":1}', reply: (_frame, message) => message === 11 },
      handshake: async ({ receive, setHeartbeat }: HandshakeContext) => {
        const { interval } = (await receive()) as { interval: number }
        setHeartbeat({ interval })
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receive('{"interval":2000}')
    await advanceTime(1)
    for (let n = 1; n <= 3; n++) {
      expect(store.sent()).toHaveLength(n)
      store.receive('11')
      await advanceTime(2_000)
    }
    expect(store.state().status).toBe('open')
  })

  it('sets the timeout', async () => {
    const store = setupStore({
      heartbeat,
      handshake: ({ setHeartbeat }: HandshakeContext) => setHeartbeat({ timeout: 100 }),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.takeActions()
    await advanceTime(101)
    expect(store.takeActions()).toMatchObject([{ payload: { code: 'heartbeat_missed' } }, {}, {}])
  })

  inDevelopment(() => {
    it.each([
      [heartbeat, { interval: 0 }, /more than 0, got {"interval":0}/],
      [heartbeat, { every: 5 }, /got {"every":5}/],
      [false as const, { interval: 5 }, /expected the option "heartbeat"/],
    ])('throws for %j and %j', async (option, times, text) => {
      const store = setupStore({
        heartbeat: option,
        handshake: ({ setHeartbeat }: HandshakeContext) => setHeartbeat(times as object),
        reconnect: false,
      })
      void store.dispatch(socketConnect())
      await advanceTime(1)
      expect(store.takeActions()).toContainEqual(
        expect.objectContaining({ payload: { code: 'handshake_failed', message: sentence(text) } }),
      )
    })
  })
})

describe('heartbeat.reply', () => {
  it('gets the decoded message, and may return the number of its question', async () => {
    const store = await setupOpenStore({
      heartbeat: {
        ...heartbeat,
        message: (number) => JSON.stringify({ ping: number }),
        reply: (_frame, message) => (message as { pong?: number } | undefined)?.pong ?? false,
      },
    })
    await advanceTime(7)
    store.receive('{"pong":1}')
    await advanceTime(20)
    expect(store.state().latency).toBe(8)
    expect(store.takeActions()).toEqual([])
  })

  it('gets what an asynchronous codec decodes', async () => {
    const store = await setupOpenStore({
      codec: {
        encode: () => '',
        decode: async (frame: unknown) => JSON.parse(await Promise.resolve((frame as string).slice(1))) as unknown,
        isPlain: true,
      },
      heartbeat: { ...heartbeat, reply: (_frame, message) => message === 'pong' },
    })
    await advanceTime(7)
    store.receive('z"pong"')
    await advanceTime(20)
    expect(store.state().latency).toBe(8)
    expect(store.takeActions()).toEqual([])
  })

  it('matches a text that comes as bytes', async () => {
    const store = await setupOpenStore({ heartbeat })
    await advanceTime(7)
    store.network.last.sendRaw(new TextEncoder().encode('pong').buffer)
    await advanceTime(20)
    expect(store.state().latency).toBe(8)
  })
})
