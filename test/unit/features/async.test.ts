import { describe, expect, it } from '@jest/globals'
import { socketSendRaw } from '../../../src/actions/index.js'
import {
  json,
  socketConnect,
  socketDropped,
  socketError,
  socketMessage,
  socketSend,
  text,
  type Codec,
} from '../../../src/index.js'
import type { FakeServerOptions } from '../../../src/testing/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'
import { sentence } from '../../support/mode.js'

useFakeTime()

/** JSON with a mark in front that names its codec. */
const marked = (subprotocol: string, refuses: unknown = {}, more: Partial<Codec> = {}): Codec => ({
  encode: (value) => {
    if (value === refuses) throw new TypeError(`${subprotocol} cannot carry this`)
    return subprotocol + JSON.stringify(value)
  },
  decode: (frame) => {
    if (typeof frame === 'string' && frame.startsWith(subprotocol))
      return JSON.parse(frame.slice(subprotocol.length)) as unknown
    return typeof frame === 'string' ? `not ${subprotocol}: ${frame}` : frame
  },
  subprotocol,
  ...more,
})

const [a, b] = [marked('a'), marked('b')]
const choosing = (protocol: string): FakeServerOptions => ({ protocol: () => protocol })
const payloads = (store: TestStore): unknown[] => store.recorder.of(socketMessage).map(({ payload }) => payload)

describe('the subprotocols that are offered', () => {
  it.each<[what: string, options: StoreOptions, offered: string[]]>([
    ['none for one codec', { codec: a }, []],
    ['none for a list of one codec', { codecs: [a] }, []],
    ['those of the app for one codec', { codec: a, protocols: 'v1' }, ['v1']],
    ['those of the codecs of a list, in order', { codecs: [a, b] }, ['a', 'b']],
    [
      'those of the codecs before those of the app',
      { codecs: [a, b], protocols: ['v1', 'v2'] },
      ['a', 'b', 'v1', 'v2'],
    ],
    ['those of the codecs before the single one of the app', { codecs: [a, b], protocols: 'v1' }, ['a', 'b', 'v1']],
    [
      'those of the codecs before those that a function returns',
      { codecs: [a, b], protocols: () => Promise.resolve(['v1']) },
      ['a', 'b', 'v1'],
    ],
    [
      'those of the codecs before the text that a function returns',
      { codecs: [a, b], protocols: () => 'v1' },
      ['a', 'b', 'v1'],
    ],
    ['those of the codecs when the function returns none', { codecs: [a, b], protocols: () => [] }, ['a', 'b']],
  ])('are %s', async (_what, options, offered) => {
    const store = await setupOpenStore(options)
    expect(store.network.last.offered).toEqual(offered)
    expect(store.state().status).toBe('open')
  })

  it('are those of the codecs alone for another origin', async () => {
    const store = await setupOpenStore({ codecs: [a, b], protocols: ['secret'] })
    void store.dispatch(socketConnect({ url: 'ws://b.example' }))
    await advanceTime(1)
    expect(store.network.last.offered).toEqual(['a', 'b'])
  })

  it('are those of the codecs before those of a connect', async () => {
    const store = setupStore({ codecs: [a, b] })
    void store.dispatch(socketConnect({ protocols: ['v9'] }))
    await advanceTime(1)
    expect(store.network.last.offered).toEqual(['a', 'b', 'v9'])
  })
})

describe('the codec of a connection', () => {
  it.each<[chosen: string, used: string]>([
    ['a', 'a'],
    ['b', 'b'],
    ['v1', 'b'],
  ])('is, when the server chooses %s, %s', async (chosen, used) => {
    const store = await setupOpenStore({ codecs: [a, b], protocols: 'v1' }, choosing(chosen))
    store.dispatch(socketSend(1))
    expect(store.sent()).toEqual([`${used}1`])
    store.receive(`${used}2`)
    expect(payloads(store)).toEqual([2])
    expect(store.state().protocol).toBe(chosen)
  })

  it('may change with a reconnect', async () => {
    const chosen = ['a', 'b', 'a']
    const store = await setupOpenStore(
      { codecs: [a, b], reconnect: { backoff: () => 10 } },
      { protocol: () => chosen.shift()! },
    )
    for (const codec of ['a', 'b', 'a']) {
      store.dispatch(socketSend(1))
      store.receive(`${codec}2`)
      expect(store.network.last.receivedRaw).toEqual([`${codec}1`])
      store.network.last.cut()
      await advanceTime(20) // oxlint-disable-line no-await-in-loop
    }
    expect(payloads(store)).toEqual([2, 2, 2])
  })

  it('sets the binaryType of the socket', async () => {
    const blobs = marked('blobs', {}, { binaryType: 'blob' })
    const asked: unknown[] = []
    for (const chosen of ['a', 'blobs']) {
      const store = await setupOpenStore({ codecs: [a, blobs] }, choosing(chosen)) // oxlint-disable-line no-await-in-loop
      store.network.last.sendRaw(new Uint8Array([1, 2, 3]))
      const [{ id, byteLength }] = payloads(store) as [{ id: string; byteLength: number }]
      asked.push([store.network.last.socket.binaryType, byteLength, store.socket.readBinary(id)?.constructor.name])
    }
    expect(asked).toEqual([
      ['arraybuffer', 3, 'ArrayBuffer'],
      ['blob', 3, 'Blob'],
    ])
  })
})

describe('a send that waits for the connection', () => {
  it('is encoded again for the codec that the server chose, and keeps its place among raw frames', async () => {
    const store = setupStore({ codecs: [a, b] }, choosing('b'))
    void store.dispatch(socketConnect())
    for (const value of [1, 2]) store.dispatch(socketSend(value))
    store.dispatch(socketSendRaw('raw'))
    store.dispatch(socketSend(3))
    await advanceTime(1)
    store.dispatch(socketSend(4))
    expect(store.sent()).toEqual(['b1', 'b2', 'raw', 'b3', 'b4'])
  })

  it('is not encoded again when the server chose the first codec', async () => {
    let count = 0
    const counting = { ...a, encode: (value: unknown) => a.encode(`${String(value)} ${++count}`) } as Codec
    const store = setupStore({ codecs: [counting, b] }, choosing('a'))
    store.dispatch(socketSend('x'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual(['a"x 1"'])
  })

  it('is encoded again each time that the choice changes', async () => {
    const chosen = ['b', 'b', 'a']
    const store = await setupOpenStore(
      { codecs: [a, b], reconnect: { backoff: () => 10 } },
      { protocol: () => chosen.shift()! },
    )
    for (const expected of ['b1', 'a1']) {
      store.network.last.cut()
      store.dispatch(socketSend(1))
      await advanceTime(20) // oxlint-disable-line no-await-in-loop
      expect(store.network.last.receivedRaw).toEqual([expected])
    }
  })

  it('is dropped and reported when the chosen codec cannot encode it; the others go out', async () => {
    const store = setupStore({ codecs: [a, marked('b', 'bad')] }, choosing('b'))
    store.dispatch(socketSend(1))
    expect(store.dispatch(socketSend('bad', { id: 'bad' }))).toMatchObject({ delivery: 'queued' })
    store.dispatch(socketSend(2))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual(['b1', 'b2'])
    expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'invalid', ids: ['bad'], count: 1 },
    ])
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'encode_failed', message: sentence('The codec cannot encode a message: b cannot carry this') },
    ])
  })

  it('is encoded again by an async codec in its place, and goes out once that is done', async () => {
    let finish: (() => void) | undefined
    const slow: Codec = {
      ...b,
      encode: async (value) => {
        await new Promise<void>((resolve) => (finish = resolve))
        return `b${JSON.stringify(value)}`
      },
    }
    const store = setupStore({ codecs: [a, slow] }, choosing('b'))
    store.dispatch(socketSend(1))
    store.dispatch(socketSendRaw('raw'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual([])
    finish!()
    await advanceTime()
    expect(store.sent()).toEqual(['b1', 'raw'])
  })

  it('goes out once, encoded by the chosen codec, when the first codec was still encoding it', async () => {
    const finish: (() => void)[] = []
    const slow: Codec = {
      ...a,
      encode: async (value) => {
        await new Promise<void>((resolve) => finish.push(resolve))
        return `a${JSON.stringify(value)}`
      },
    }
    const store = setupStore({ codecs: [slow, b] }, choosing('b'))
    store.dispatch(socketSend(1))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual(['b1'])
    for (const resolve of finish) resolve()
    await advanceTime()
    expect(store.sent()).toEqual(['b1'])
  })

  it('is encoded by the last codec when no codec has a subprotocol', async () => {
    const nameless = [a, b].map((codec): Codec => ({
      encode: (value) => codec.encode(value),
      decode: (frame) => codec.decode(frame),
    }))
    const store = setupStore({ codecs: nameless })
    store.dispatch(socketSend(1))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.dispatch(socketSend(2))
    expect(store.sent()).toEqual(['b1', 'b2'])
  })
})

describe("a server's ping", () => {
  it.each<[when: string, codecs: Codec<never>[], chosen: string, sent: string[]]>([
    ['is answered when all codecs are structured', [json(), a], 'json', ['pong']],
    ['is a message when one of the codecs takes any text', [json(), text({ subprotocol: 'text' })], 'text', []],
  ])('%s', async (_when, codecs, chosen, sent) => {
    const store = await setupOpenStore({ codecs }, choosing(chosen))
    store.receive('ping')
    expect(store.sent()).toEqual(sent)
    expect(payloads(store)).toEqual(sent.length ? [] : ['ping'])
  })
})
