import { describe, expect, it } from '@jest/globals'
import { framed, type MultiMessageCodec } from '../../../src/features/index.js'
import { socketConnect, socketSend, type HandshakeContext } from '../../../src/index.js'
import { inDevelopment, sentence } from '../../support/mode.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore } from '../../support/setupStore.js'

useFakeTime()

/** Messages that end with ";", over any number of frames; sends are numbered on each socket. */
const createNumbered = (): MultiMessageCodec<string, string, string> => {
  let rest = ''
  let sent = 0
  return {
    encode: (text) => `${++sent}:${text}`,
    decode: (frame) => {
      const parts = (rest + (frame as string)).split(';')
      rest = parts.pop()!
      return parts
    },
    isPlain: true,
  }
}

const toText = (value: unknown) => JSON.stringify(value)

type TestStore = Awaited<ReturnType<typeof setupOpenStore>>

const payloadsOf = (store: TestStore) =>
  store.takeActions().flatMap((action) => ('payload' in action ? [action['payload']] : []))

describe('framed() with a function', () => {
  it('joins a message that comes in several frames', async () => {
    const store = await setupOpenStore({ codec: framed(createNumbered) })
    store.receive('on')
    store.receive('e;two;th')
    store.receive('ree;')
    expect(payloadsOf(store)).toEqual(['one', 'two', 'three'])
  })

  it('creates a codec for each socket, without the beginning that the last one received', async () => {
    const store = await setupOpenStore({ codec: framed(createNumbered) })
    store.receive('lost beg')
    store.network.last.close(1012)
    await advanceTime(20_000)
    store.takeActions()
    store.receive('one;')
    expect(payloadsOf(store)).toEqual(['one'])
  })

  it('encodes what waits in the order of the wire: handshake, then queue, then later sends', async () => {
    const store = setupStore({
      codec: framed(createNumbered),
      handshake: ({ send }: HandshakeContext) => send('hello'),
    })
    store.dispatch(socketSend('early'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.dispatch(socketSend('late'))
    expect(store.sent()).toEqual(['1:hello', '2:early', '3:late'])
  })
})

describe('framed()', () => {
  it('delivers nothing for an empty array', async () => {
    const store = await setupOpenStore({ codec: framed({ encode: toText, decode: () => [], isPlain: true }) })
    store.receive('anything')
    await advanceTime()
    expect(store.takeActions()).toEqual([])
  })

  it('decodes each frame once, also one that a handshake reads', async () => {
    const decoded: unknown[] = []
    const decode = (frame: unknown) => (decoded.push(frame), [frame])
    const store = setupStore({
      codec: framed({ encode: toText, decode, isPlain: true }),
      handshake: async ({ receive }: HandshakeContext) => void (await receive()),
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receive('a')
    store.receive('b')
    await advanceTime(1)
    store.receive('c')
    expect(decoded).toEqual(['a', 'b', 'c'])
  })

  it('reports a decode that returns no array', async () => {
    const decode = (frame: unknown) => frame as never
    const store = await setupOpenStore({ codec: framed({ encode: toText, decode, isPlain: true }) })
    store.receive('text')
    await advanceTime()
    expect(store.takeActions()).toMatchObject([
      { payload: { code: 'invalid_frame', excerpt: 'text', message: sentence(/an array of messages, got "text"/) } },
    ])
  })

  it('keeps the socket open, and the later messages, when decode throws or rejects', async () => {
    const decode = (frame: unknown): readonly unknown[] | Promise<readonly unknown[]> => {
      if (frame === 'throw') throw new Error('bad')
      return frame === 'reject' ? Promise.reject(new Error('worse')) : [frame]
    }
    const store = await setupOpenStore({ codec: framed({ encode: toText, decode, isPlain: true }) })
    for (const frame of ['throw', 'reject', 'fine']) store.receive(frame)
    await advanceTime()
    expect(store.takeActions()).toMatchObject([
      { payload: { code: 'invalid_frame', message: 'bad' } },
      { payload: { code: 'invalid_frame', message: 'worse' } },
      { type: 'socket/message', payload: 'fine' },
    ])
  })

  it('answers pings, and leaves the replies of the heartbeat alone', async () => {
    const store = await setupOpenStore({ codec: framed(createNumbered), heartbeat: { interval: 1_000, timeout: 500 } })
    store.receive('pong')
    await advanceTime(1_000)
    store.receive('pong')
    store.receive('ping')
    expect(store.sent()).toEqual(['ping', 'ping', 'pong'])
    expect(store.takeActions().filter(({ type }) => type !== 'socket/changed')).toEqual([])
  })

  inDevelopment(() =>
    it('is refused in a list of codecs', () => {
      const create = () => setupStore({ codecs: [framed(createNumbered)] })
      expect(create).toThrow(/"codecs".*framed/)
    }),
  )
})
