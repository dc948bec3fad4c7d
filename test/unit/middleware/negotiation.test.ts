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
import type { FakeNetworkOptions } from '../../support/fakeWebSocket.js'
import type { StoreOptions } from '../../support/store.js'
import { createWorld, openWorld, passTime, useFakeTime, type World } from './harness.js'

useFakeTime()

/** JSON with a mark in front that says which codec made it. */
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
const choosing = (protocol: string): FakeNetworkOptions => ({ protocol: () => protocol })
const payloads = (world: World): unknown[] => world.recorder.of(socketMessage).map(({ payload }) => payload)

describe('what is offered', () => {
  it.each<[what: string, options: StoreOptions, offered: string[]]>([
    ['nothing for one codec', { codec: a }, []],
    ['nothing for a list of one', { codecs: [a] }, []],
    ["only the app's own for one codec", { codec: a, protocols: 'v1' }, ['v1']],
    ['the codecs of a list, in order', { codecs: [a, b] }, ['a', 'b']],
    ["before the app's own", { codecs: [a, b], protocols: ['v1', 'v2'] }, ['a', 'b', 'v1', 'v2']],
    ["before the app's own text", { codecs: [a, b], protocols: 'v1' }, ['a', 'b', 'v1']],
    ['before what a function gives', { codecs: [a, b], protocols: () => Promise.resolve(['v1']) }, ['a', 'b', 'v1']],
    ['before the text that a function gives', { codecs: [a, b], protocols: () => 'v1' }, ['a', 'b', 'v1']],
    ['alone when the function gives none', { codecs: [a, b], protocols: () => [] }, ['a', 'b']],
  ])('is %s', async (_what, options, offered) => {
    const world = await openWorld(options)
    expect(world.network.last.offered).toEqual(offered)
    expect(world.state().status).toBe('open')
  })

  it("is to another origin the codecs, and none of the app's own", async () => {
    const world = await openWorld({ codecs: [a, b], protocols: ['secret'] })
    void world.dispatch(socketConnect({ url: 'ws://b.example' }))
    await passTime(1)
    expect(world.network.last.offered).toEqual(['a', 'b'])
  })

  it("is the codecs before a command's own protocols", async () => {
    const world = createWorld({ codecs: [a, b] })
    void world.dispatch(socketConnect({ protocols: ['v9'] }))
    await passTime(1)
    expect(world.network.last.offered).toEqual(['a', 'b', 'v9'])
  })
})

describe('what is used', () => {
  it.each<[chosen: string, used: string]>([
    ['a', 'a'],
    ['b', 'b'],
    ['v1', 'b'],
  ])('is, when the server chooses %s, the codec %s', async (chosen, used) => {
    const world = await openWorld({ codecs: [a, b], protocols: 'v1' }, choosing(chosen))
    world.dispatch(socketSend(1))
    expect(world.sent()).toEqual([`${used}1`])
    world.hear(`${used}2`)
    expect(payloads(world)).toEqual([2])
    expect(world.state().protocol).toBe(chosen)
  })

  it('may be another one after a reconnect', async () => {
    const chosen = ['a', 'b', 'a']
    const world = await openWorld(
      { codecs: [a, b], reconnect: { backoff: () => 10 } },
      { protocol: () => chosen.shift()! },
    )
    for (const codec of ['a', 'b', 'a']) {
      world.dispatch(socketSend(1))
      world.hear(`${codec}2`)
      expect(world.network.last.sent).toEqual([`${codec}1`])
      world.network.last.drop()
      await passTime(20) // oxlint-disable-line no-await-in-loop
    }
    expect(payloads(world)).toEqual([2, 2, 2])
  })

  it('says how bytes are to be delivered', async () => {
    const blobs = marked('blobs', {}, { binaryType: 'blob' })
    const asked: unknown[] = []
    for (const chosen of ['a', 'blobs']) {
      const world = await openWorld({ codecs: [a, blobs] }, choosing(chosen)) // oxlint-disable-line no-await-in-loop
      world.network.last.receive(new Uint8Array([1, 2, 3]))
      const [{ id, byteLength }] = payloads(world) as [{ id: string; byteLength: number }]
      asked.push([world.network.last.client.binaryType, byteLength, world.socket.readBinary(id)?.constructor.name])
    }
    expect(asked).toEqual([
      ['arraybuffer', 3, 'ArrayBuffer'],
      ['blob', 3, 'Blob'],
    ])
  })
})

describe('what waits for the connection', () => {
  it('is encoded anew for the codec that the server chose, and keeps its order among raw frames', async () => {
    const world = createWorld({ codecs: [a, b] }, choosing('b'))
    void world.dispatch(socketConnect())
    for (const value of [1, 2]) world.dispatch(socketSend(value))
    world.dispatch(socketSendRaw('raw'))
    world.dispatch(socketSend(3))
    await passTime(1)
    world.dispatch(socketSend(4))
    expect(world.sent()).toEqual(['b1', 'b2', 'raw', 'b3', 'b4'])
  })

  it('is left as it is when the server chose the preferred one', async () => {
    let count = 0
    const counting = { ...a, encode: (value: unknown) => a.encode(`${String(value)} ${++count}`) } as Codec
    const world = createWorld({ codecs: [counting, b] }, choosing('a'))
    world.dispatch(socketSend('x'))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.sent()).toEqual(['a"x 1"'])
  })

  it('is encoded anew each time the choice is another one', async () => {
    const chosen = ['b', 'b', 'a']
    const world = await openWorld(
      { codecs: [a, b], reconnect: { backoff: () => 10 } },
      { protocol: () => chosen.shift()! },
    )
    for (const expected of ['b1', 'a1']) {
      world.network.last.drop()
      world.dispatch(socketSend(1))
      await passTime(20) // oxlint-disable-line no-await-in-loop
      expect(world.network.last.sent).toEqual([expected])
    }
  })

  it('and cannot be carried by the chosen one is dropped and reported; the others go out', async () => {
    const world = createWorld({ codecs: [a, marked('b', 'bad')] }, choosing('b'))
    world.dispatch(socketSend(1))
    expect(world.dispatch(socketSend('bad', { id: 'bad' }))).toMatchObject({ delivery: 'queued' })
    world.dispatch(socketSend(2))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.sent()).toEqual(['b1', 'b2'])
    expect(world.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
      { reason: 'invalid', ids: ['bad'], count: 1 },
    ])
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'encode_failed', message: 'The codec cannot encode a message: b cannot carry this' },
    ])
  })

  it('is encoded anew by a codec that is async, in its place, and goes out when it is made', async () => {
    let finish: (() => void) | undefined
    const slow: Codec = {
      ...b,
      encode: async (value) => {
        await new Promise<void>((resolve) => (finish = resolve))
        return `b${JSON.stringify(value)}`
      },
    }
    const world = createWorld({ codecs: [a, slow] }, choosing('b'))
    world.dispatch(socketSend(1))
    world.dispatch(socketSendRaw('raw'))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.sent()).toEqual([])
    finish!()
    await passTime()
    expect(world.sent()).toEqual(['b1', 'raw'])
  })

  it('and was still being made for the preferred one goes out once, as the chosen one has it', async () => {
    const finish: (() => void)[] = []
    const slow: Codec = {
      ...a,
      encode: async (value) => {
        await new Promise<void>((resolve) => finish.push(resolve))
        return `a${JSON.stringify(value)}`
      },
    }
    const world = createWorld({ codecs: [slow, b] }, choosing('b'))
    world.dispatch(socketSend(1))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.sent()).toEqual(['b1'])
    for (const resolve of finish) resolve()
    await passTime()
    expect(world.sent()).toEqual(['b1'])
  })

  it('goes out as the last codec has it where none of them has a name', async () => {
    const nameless = [a, b].map((codec): Codec => ({
      encode: (value) => codec.encode(value),
      decode: (frame) => codec.decode(frame),
    }))
    const world = createWorld({ codecs: nameless })
    world.dispatch(socketSend(1))
    void world.dispatch(socketConnect())
    await passTime(1)
    world.dispatch(socketSend(2))
    expect(world.sent()).toEqual(['b1', 'b2'])
  })
})

describe('the ping', () => {
  it.each<[when: string, codecs: Codec<never>[], chosen: string, sent: string[]]>([
    ['is answered when all of them are structured', [json(), a], 'json', ['pong']],
    ['is data when one of them takes any text', [json(), text({ subprotocol: 'text' })], 'text', []],
  ])('%s', async (_when, codecs, chosen, sent) => {
    const world = await openWorld({ codecs }, choosing(chosen))
    world.hear('ping')
    expect(world.sent()).toEqual(sent)
    expect(payloads(world)).toEqual(sent.length ? [] : ['ping'])
  })
})
