import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import { socketReleased, socketSendRaw } from '../../../src/actions/index.js'
import { createListening, socketListen } from '../../../src/features/listen.js'
import {
  createSocketActions,
  json,
  socketClose,
  socketConnect,
  socketError,
  socketMessage,
  socketReducer,
  socketSend,
  type Codec,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import type { StoreOptions } from '../../support/store.js'
import { openWorld, passTime, useFakeTime, type World } from './harness.js'

useFakeTime()

interface Handle {
  readonly id: string
  readonly byteLength: number
}

const receive = (world: World, ...pieces: Uint8Array[]): Handle[] => {
  const before = world.recorder.count(socketMessage)
  for (const piece of pieces) world.network.last.receive(piece)
  return world.recorder
    .of(socketMessage)
    .slice(before)
    .map(({ payload }) => payload as Handle)
}
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)
const read = (world: World, { id }: Handle): unknown => {
  const found = world.socket.readBinary(id)
  return found && [...new Uint8Array(found as ArrayBuffer)]
}
const releases = (world: World): unknown[] => world.recorder.of(socketReleased).map(({ payload }) => payload.ids)

/** A codec that makes of every text what is given. */
const giving = (value: unknown): Codec => ({ encode: () => '', decode: () => value })

describe('M5 bytes that are sent', () => {
  const backing = Uint8Array.from({ length: 32 }, (_, index) => index).buffer
  const kinds: [kind: string, value: () => ArrayBuffer | ArrayBufferView | Blob, expected: number[], type: string][] = [
    ['ArrayBuffer', () => backing.slice(0, 3), [0, 1, 2], ''],
    ['Uint8Array with an offset', () => new Uint8Array(backing, 3, 2), [3, 4], ''],
    ['Int16Array with an offset', () => new Int16Array(backing, 2, 1), [2, 3], ''],
    ['Float64Array with an offset', () => new Float64Array(backing, 8, 1), [8, 9, 10, 11, 12, 13, 14, 15], ''],
    ['BigInt64Array with an offset', () => new BigInt64Array(backing, 8, 1), [8, 9, 10, 11, 12, 13, 14, 15], ''],
    ['DataView with an offset', () => new DataView(backing, 5, 2), [5, 6], ''],
    ['Node Buffer', () => Buffer.from([1, 2]), [1, 2], ''],
    ['Blob', () => new Blob([bytes(1, 2)], { type: 'image/png' }), [1, 2], 'image/png'],
    ['File', () => new File([bytes(1, 2)], 'a.png', { type: 'image/png' }), [1, 2], 'image/png'],
    ['nothing at all', () => new Uint8Array(0), [], ''],
  ]

  it.each(kinds)('go out unchanged, and reducers see the size: %s', async (_kind, value, expected, type) => {
    const world = await openWorld()
    for (const creator of [socketSend, socketSendRaw]) {
      expect(world.dispatch(creator(value()))).toMatchObject({ delivery: 'sent' })
      expect(world.recorder.of(creator)).toEqual([
        expect.objectContaining({ payload: { byteLength: expected.length, type } }),
      ])
    }
    jest.useRealTimers()
    await new Promise(setImmediate)
    expect(world.sent().map((frame) => [...new Uint8Array(frame as ArrayBuffer)])).toEqual([expected, expected])
  })

  it('of a codec that carries them inside: reducers see sizes inside', async () => {
    const world = await openWorld({ codec: giving(0) })
    world.dispatch(
      socketSend({ name: 'a', data: [bytes(1, 2)], at: new Date(0), tags: new Map([['a', new Set([1n])]]) }),
    )
    expect(world.recorder.of(socketSend)[0]).toMatchObject({
      payload: {
        name: 'a',
        data: [{ byteLength: 2, type: '' }],
        at: '1970-01-01T00:00:00.000Z',
        tags: { a: ['1'] },
      },
    })
  })

  it('of a codec that takes what goes round in circles are one socketError more, and sent', async () => {
    const world = await openWorld({ codec: giving(0) })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(world.dispatch(socketSend(circle))).toMatchObject({ delivery: 'sent' })
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  })
})

describe('bytes that are received', () => {
  it('stay outside the store: the action has a handle, and they are read by it as often as asked', async () => {
    const world = await openWorld()
    const [handle] = receive(world, bytes(1, 2, 3))
    expect(handle).toEqual({ id: expect.any(String), byteLength: 3, type: '' })
    expect([read(world, handle!), read(world, handle!)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  it('are gone once they are released', async () => {
    const world = await openWorld()
    const [first, second] = receive(world, bytes(1), bytes(2))
    world.socket.releaseBinary(first!.id)
    world.socket.releaseBinary('nobody')
    expect([read(world, first!), read(world, second!)]).toEqual([undefined, [2]])
    expect(releases(world)).toEqual([])
  })

  it.each<[bound: string, binary: NonNullable<StoreOptions['binary']>]>([
    ['count', { maxCount: 2 }],
    ['bytes', { maxBytes: 5 }],
  ])('are bounded by %s: the oldest go, and socketReleased says so', async (_bound, binary) => {
    const world = await openWorld({ binary })
    const [first, second, third] = receive(world, bytes(1, 1), bytes(2, 2), bytes(3, 3))
    await passTime(16)
    expect(releases(world)).toEqual([[first!.id]])
    expect([first, second, third].map((handle) => read(world, handle!))).toEqual([undefined, [2, 2], [3, 3]])
  })

  it('that make room say so after the message that needed it', async () => {
    const world = await openWorld({ binary: { maxCount: 1 } })
    receive(world, bytes(1))
    world.news()
    receive(world, bytes(2))
    await passTime(16)
    expect(world.news().map(({ type }) => type)).toEqual([socketMessage.type, socketReleased.type])
  })

  it('that would need more room than there is are kept all the same', async () => {
    const world = await openWorld({ binary: { maxBytes: 1 } })
    const [handle] = receive(world, bytes(1, 2, 3))
    expect(read(world, handle!)).toEqual([1, 2, 3])
  })

  it('inside of a decoded value are handles inside, and listeners get the bytes', async () => {
    const value = { name: 'a', parts: [bytes(1), { deep: bytes(2).buffer }] }
    const world = await openWorld({ codec: giving(value), respondToPing: false })
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    world.hear('x')
    const payload = world.recorder.of(socketMessage)[0]?.payload as { parts: [Handle, { deep: Handle }] }
    expect(payload).toEqual({
      name: 'a',
      parts: [expect.objectContaining({ byteLength: 1 }), { deep: expect.objectContaining({ byteLength: 1 }) }],
    })
    expect([read(world, payload.parts[0]), read(world, payload.parts[1].deep)]).toEqual([[1], [2]])
    expect(heard[0]).toBe(value)
  })

  it.each<[what: string, value: () => unknown]>([
    [
      'goes round in circles',
      () => {
        const circle: Record<string, unknown> = {}
        circle['self'] = [circle]
        return circle
      },
    ],
    [
      'has a toJSON that throws',
      () => ({
        toJSON: () => {
          throw new Error('no')
        },
      }),
    ],
  ])('in a value that %s: one socketError, and the socket stays up', async (_what, value) => {
    const world = await openWorld({ codec: giving(value()) })
    world.hear('x')
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_frame'])
    expect(world.recorder.count(socketMessage)).toBe(0)
    expect(world.state().status).toBe('open')
  })

  it('are read until dispose, also after a close', async () => {
    const world = await openWorld()
    const [handle] = receive(world, bytes(1))
    void world.dispatch(socketClose())
    await passTime()
    expect(read(world, handle!)).toEqual([1])
    world.socket.dispose()
    expect(read(world, handle!)).toBeUndefined()
  })

  it('become what toActions makes of their handle', async () => {
    const world = await openWorld({ toActions: (handle) => ({ type: 'picture/came', payload: handle }) })
    world.network.last.receive(bytes(7))
    const [action] = world.recorder.of('picture/came')
    expect(read(world, action!['payload'] as Handle)).toEqual([7])
  })

  it('that are JSON in UTF-8 are values where the codec reads them so', async () => {
    const world = await openWorld({ codec: json({ binary: true }) })
    world.network.last.receive(Buffer.from('{"a":1}'))
    expect(world.recorder.of(socketMessage)[0]?.payload).toEqual({ a: 1 })
  })

  it('keep their place among texts through a codec that is async', async () => {
    const finish: (() => void)[] = []
    const codec: Codec = {
      ...json(),
      decode: async (frame) => {
        await new Promise<void>((resolve) => finish.push(resolve))
        return typeof frame === 'string' ? frame : new Uint8Array(frame)[0]
      },
    }
    const world = await openWorld({ codec })
    world.network.last.receive(bytes(1))
    world.hear('2')
    world.network.last.receive(bytes(3))
    world.hear('4')
    for (const resolve of finish.toReversed()) resolve()
    await passTime()
    expect(world.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual([1, '2', 3, '4'])
  })
})

describe('binaryUrl', () => {
  const live = new Set<string>()
  let count = 0
  beforeEach(() => {
    live.clear()
    jest.spyOn(URL, 'createObjectURL').mockImplementation(() => {
      live.add(`blob:${String(++count)}`)
      return `blob:${String(count)}`
    })
    jest.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void live.delete(url))
  })

  it('is the same one each time, and none for unknown bytes', async () => {
    const world = await openWorld()
    const [{ id }] = receive(world, bytes(1)) as [Handle]
    const url = world.socket.binaryUrl(id)
    expect(url).toEqual(expect.any(String))
    expect(world.socket.binaryUrl(id)).toBe(url)
    expect(world.socket.binaryUrl('nobody')).toBeUndefined()
  })

  it.each<[when: string, end: (world: World, id: string) => void]>([
    ['the bytes are released', (world, id) => world.socket.releaseBinary(id)],
    ['they make room', (world) => receive(world, bytes(2))],
    ['the middleware is disposed', (world) => world.socket.dispose()],
  ])('is revoked when %s', async (_when, end) => {
    const world = await openWorld({ binary: { maxCount: 1 } })
    const [{ id }] = receive(world, bytes(1)) as [Handle]
    world.socket.binaryUrl(id)
    expect(live.size).toBe(1)
    end(world, id)
    expect(live.size).toBe(0)
    expect(world.socket.binaryUrl(id)).toBeUndefined()
  })
})

describe('one middleware in two stores', () => {
  const disposals: (() => void)[] = []
  afterEach(() => {
    for (const dispose of disposals.splice(0)) dispose()
  })

  it('finds the bytes of each, and evicts them apart', async () => {
    const network = createFakeNetwork({ mode: 'accept' })
    const socket = createSocketMiddleware({
      url: 'ws://a.example',
      WebSocket: network.WebSocket,
      binary: { maxCount: 1 },
    })
    disposals.push(socket.dispose)
    const messages: [Handle[], Handle[]] = [[], []]
    const stores = messages.map((kept) =>
      configureStore({
        reducer: {
          socket: socketReducer,
          kept: (state: number = 0, action) => {
            if (socketMessage.match(action)) kept.push(action.payload as Handle)
            return state
          },
        },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      }),
    )
    for (const store of stores) void store.dispatch(socketConnect())
    await passTime(1)
    network.sockets[0]!.receive(bytes(1))
    network.sockets[1]!.receive(bytes(2))
    const found = messages.map(([handle]) => [...new Uint8Array(socket.readBinary(handle!.id) as ArrayBuffer)])
    expect(found).toEqual([[1], [2]])
    socket.releaseBinary(messages[0][0]!.id)
    expect(messages.map(([handle]) => socket.readBinary(handle!.id) !== undefined)).toEqual([false, true])
  })
})

describe('two connections in one store', () => {
  it('keep their bytes and their listeners apart', async () => {
    const prices = createSocketActions('prices')
    const network = createFakeNetwork({ mode: 'accept' })
    const make = (actions = createSocketActions()) =>
      createSocketMiddleware({ url: `ws://${actions.name}.example`, WebSocket: network.WebSocket, actions })
    const [one, other] = [make(), make(prices)]
    const seen: [string, Handle][] = []
    const store = configureStore({
      reducer: {
        socket: socketReducer,
        seen: (state: number = 0, action) => {
          if (socketMessage.match(action)) seen.push(['default', action.payload as Handle])
          if (prices.message.match(action)) seen.push(['prices', action.payload as Handle])
          return state
        },
      },
      middleware: (defaults) => defaults().prepend(one.middleware, other.middleware),
    })
    void store.dispatch(socketConnect())
    void store.dispatch(prices.connect())
    await passTime(1)
    const heard: unknown[] = []
    store.dispatch(
      createListening(prices).listen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    network.sockets[0]!.receive(bytes(1))
    network.sockets[1]!.receive(bytes(2))
    expect(seen.map(([name]) => name)).toEqual(['default', 'prices'])
    const [[, first], [, second]] = seen as [[string, Handle], [string, Handle]]
    expect([one.readBinary(first.id), one.readBinary(second.id)].map(Boolean)).toEqual([true, false])
    expect([other.readBinary(first.id), other.readBinary(second.id)].map(Boolean)).toEqual([false, true])
    expect(heard).toHaveLength(1)
    one.dispose()
    other.dispose()
  })
})
