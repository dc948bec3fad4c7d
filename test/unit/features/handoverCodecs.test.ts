import { describe, expect, it } from '@jest/globals'
import { framed, jsonLines, type MultiMessageCodec } from '../../../src/features/index.js'
import {
  socketClose,
  socketConnect,
  socketError,
  socketMessage,
  type Codec,
  type HandshakeContext,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime()

const setup = async (codec: Codec<never>, options: StoreOptions = {}) => {
  const store = setupStore({
    codec,
    handshake: async ({ receive, reconnected }: HandshakeContext) => (reconnected ? void (await receive()) : undefined),
    reconnect: { backoff: () => 100 },
    ...options,
  })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return { ...store, old: store.network.last }
}

const handOver = async (store: TestStore) => {
  void store.dispatch(socketConnect({ url: 'ws://b.example/ws', handover: true }))
  await advanceTime(1)
}
const messages = (store: TestStore) => store.recorder.of(socketMessage).map(({ payload }) => payload)

describe('the old socket of a handover, with framed()', () => {
  /** Messages that end with ";", over any number of frames. */
  const createJoined = (): MultiMessageCodec<string, string, string> => {
    let rest = ''
    return {
      encode: (text) => text,
      decode: (frame) => {
        const parts = (rest + (frame as string)).split(';')
        rest = parts.pop()!
        return parts
      },
      isPlain: true,
    }
  }

  it('keeps the codec of its own, so that a message over several frames is whole', async () => {
    const store = await setup(framed(createJoined))
    store.old.sendRaw('a;old be')
    await handOver(store)
    store.network.last.sendRaw('wel')
    store.old.sendRaw('ginning;b')
    store.network.last.sendRaw('come;new;')
    await advanceTime(1)
    store.old.sendRaw(';')
    expect(messages(store)).toEqual(['a', 'old beginning', 'new', 'b'])
  })

  it('delivers each message of a frame', async () => {
    const store = await setup(jsonLines())
    await handOver(store)
    store.old.sendRaw('1\n2')
    store.network.last.sendRaw('"welcome"\n3')
    await advanceTime(1)
    expect(messages(store)).toEqual([1, 2, 3])
  })

  it('answers pings among the messages of a frame on the old socket', async () => {
    const isPing = (message: unknown): message is { ping: number } => Object.hasOwn(message as object, 'ping')
    const store = await setup(jsonLines(), {
      respondToPing: (message) => (isPing(message) ? { pong: message.ping } : undefined),
    })
    await handOver(store)
    store.old.sendRaw('{"ping":1}\n1\n{"ping":2}')
    await advanceTime(1)
    expect([store.old.receivedRaw, messages(store)]).toEqual([['{"pong":1}', '{"pong":2}'], [1]])
  })

  it('reports a frame that is malformed', async () => {
    const store = await setup(jsonLines())
    await handOver(store)
    store.old.sendRaw('1\n{')
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_frame'])
  })
})

describe('the old socket of a handover, with an asynchronous codec', () => {
  /** A codec whose promises resolve in a macrotask. */
  const slow: Codec = {
    encode: (value) => JSON.stringify(value),
    decode: (frame) =>
      new Promise((resolve) => {
        setTimeout(() => resolve(JSON.parse(frame as string)), 50)
      }),
    isPlain: true,
  }

  const never: Codec = {
    ...slow,
    decode: (frame) => (frame === 'never' ? new Promise(() => {}) : JSON.parse(frame as string)) as unknown,
  }

  it('loses no frame that is being decoded when the handover starts, and keeps the order', async () => {
    const store = await setup(slow)
    store.old.sendRaw('1')
    await handOver(store)
    store.old.sendRaw('2')
    expect(store.network.connections).toHaveLength(1)
    await advanceTime(51)
    store.old.sendRaw('3')
    expect(store.network.connections).toHaveLength(2)
    store.network.last.sendRaw('"welcome"')
    await advanceTime(100)
    expect([messages(store), store.state().status]).toEqual([[1, 2, 3], 'open'])
  })

  it('is not waited for longer than closeTimeout', async () => {
    const store = await setup(never, { closeTimeout: 300 })
    store.old.sendRaw('never')
    await handOver(store)
    expect(store.network.connections).toHaveLength(1)
    await advanceTime(300)
    expect(store.network.connections).toHaveLength(2)
  })

  it('is closed by a socketClose that comes meanwhile', async () => {
    const store = await setup(slow)
    store.old.sendRaw('1')
    const connecting = store.dispatch(socketConnect({ url: 'ws://b.example/ws', handover: true }))
    void store.dispatch(socketClose())
    await advanceTime(100)
    expect([await connecting, store.state().status, store.network.connections.length]).toEqual(['closed', 'closed', 1])
  })

  it('that is lost meanwhile is replaced by the new address', async () => {
    const store = await setup(slow)
    store.old.sendRaw('1')
    const connecting = store.dispatch(socketConnect({ url: 'ws://b.example/ws', handover: true }))
    store.old.sendRaw('2')
    store.old.cut()
    await advanceTime(60)
    store.network.last.sendRaw('"welcome"')
    await advanceTime(200)
    expect([await connecting, store.network.last.url, store.state().status]).toEqual([
      'open',
      'ws://b.example/ws',
      'open',
    ])
  })

  it('leaves nothing behind after dispose', async () => {
    const store = await setup(never)
    store.old.sendRaw('never')
    void store.dispatch(socketConnect({ url: 'ws://b.example/ws', handover: true }))
    store.dispose()
    await advanceTime(60)
    expect(store.network.connections).toHaveLength(1)
  })
})
