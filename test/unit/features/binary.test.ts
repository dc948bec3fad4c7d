import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { socketReleased, socketSendRaw } from '../../../src/actions/index.js'
import { createListening, socketListen } from '../../../src/features/listen.js'
import {
  createSocketActions,
  json,
  socketClose,
  socketConnect,
  socketError,
  socketMessage,
  socketSend,
  type Codec,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

useFakeTime()

interface Handle {
  readonly id: string
  readonly byteLength: number
}

const receive = (store: TestStore, ...pieces: Uint8Array[]): Handle[] => {
  const before = store.recorder.count(socketMessage)
  for (const piece of pieces) store.network.last.sendRaw(piece)
  return store.recorder
    .of(socketMessage)
    .slice(before)
    .map(({ payload }) => payload as Handle)
}
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)
const read = (store: TestStore, { id }: Handle): unknown => {
  const found = store.socket.readBinary(id)
  return found && [...new Uint8Array(found as ArrayBuffer)]
}
const releases = (store: TestStore): unknown[] => store.recorder.of(socketReleased).map(({ payload }) => payload.ids)

/** A codec that decodes every text to the given value. */
const giving = (value: unknown): Codec => ({ encode: () => '', decode: () => value })

describe('bytes that are sent', () => {
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

  it.each(kinds)('go out unchanged, and reducers get their size: %s', async (_kind, value, expected, type) => {
    const store = await setupOpenStore()
    for (const creator of [socketSend, socketSendRaw]) {
      expect(store.dispatch(creator(value()))).toMatchObject({ delivery: 'sent' })
      expect(store.recorder.of(creator)).toEqual([
        expect.objectContaining({ payload: { byteLength: expected.length, type } }),
      ])
    }
    jest.useRealTimers()
    await new Promise(setImmediate)
    expect(store.sent().map((frame) => [...new Uint8Array(frame as ArrayBuffer)])).toEqual([expected, expected])
  })

  it('inside a value are sizes in the payload for a codec that carries them', async () => {
    const store = await setupOpenStore({ codec: giving(0) })
    store.dispatch(
      socketSend({ name: 'a', data: [bytes(1, 2)], at: new Date(0), tags: new Map([['a', new Set([1n])]]) }),
    )
    expect(store.recorder.of(socketSend)[0]).toMatchObject({
      payload: {
        name: 'a',
        data: [{ byteLength: 2, type: '' }],
        at: '1970-01-01T00:00:00.000Z',
        tags: { a: ['1'] },
      },
    })
  })

  it('inside a value that contains itself are sent, with one more socketError', async () => {
    const store = await setupOpenStore({ codec: giving(0) })
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(store.dispatch(socketSend(circle))).toMatchObject({ delivery: 'sent' })
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  })
})

describe('bytes that are received', () => {
  it('stay outside the store: the action has a handle, and readBinary returns them as often as called', async () => {
    const store = await setupOpenStore()
    const [handle] = receive(store, bytes(1, 2, 3))
    expect(handle).toEqual({ id: expect.any(String), byteLength: 3, type: '' })
    expect([read(store, handle!), read(store, handle!)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  it('are gone once they are released', async () => {
    const store = await setupOpenStore()
    const [first, second] = receive(store, bytes(1), bytes(2))
    store.socket.releaseBinary(first!.id)
    store.socket.releaseBinary('nobody')
    expect([read(store, first!), read(store, second!)]).toEqual([undefined, [2]])
    expect(releases(store)).toEqual([])
  })

  it.each<[bound: string, binary: NonNullable<StoreOptions['binary']>]>([
    ['count', { maxCount: 2 }],
    ['bytes', { maxBytes: 5 }],
  ])('are bounded by %s: the oldest are released, and socketReleased reports them', async (_bound, binary) => {
    const store = await setupOpenStore({ binary })
    const [first, second, third] = receive(store, bytes(1, 1), bytes(2, 2), bytes(3, 3))
    await advanceTime(16)
    expect(releases(store)).toEqual([[first!.id]])
    expect([first, second, third].map((handle) => read(store, handle!))).toEqual([undefined, [2, 2], [3, 3]])
  })

  it('are reported as released after the message that needed the room', async () => {
    const store = await setupOpenStore({ binary: { maxCount: 1 } })
    receive(store, bytes(1))
    store.takeActions()
    receive(store, bytes(2))
    await advanceTime(16)
    expect(store.takeActions().map(({ type }) => type)).toEqual([socketMessage.type, socketReleased.type])
  })

  it('are kept even when they need more room than there is', async () => {
    const store = await setupOpenStore({ binary: { maxBytes: 1 } })
    const [handle] = receive(store, bytes(1, 2, 3))
    expect(read(store, handle!)).toEqual([1, 2, 3])
  })

  it('inside a decoded value are handles in the action, and listeners get the bytes', async () => {
    const value = { name: 'a', parts: [bytes(1), { deep: bytes(2).buffer }] }
    const store = await setupOpenStore({ codec: giving(value), respondToPing: false })
    const messages: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => messages.push(message),
      ),
    )
    store.receive('x')
    const payload = store.recorder.of(socketMessage)[0]?.payload as { parts: [Handle, { deep: Handle }] }
    expect(payload).toEqual({
      name: 'a',
      parts: [expect.objectContaining({ byteLength: 1 }), { deep: expect.objectContaining({ byteLength: 1 }) }],
    })
    expect([read(store, payload.parts[0]), read(store, payload.parts[1].deep)]).toEqual([[1], [2]])
    expect(messages[0]).toBe(value)
  })

  it.each<[what: string, value: () => unknown]>([
    [
      'contains itself',
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
  ])('are one socketError in a value that %s, and the socket stays open', async (_what, value) => {
    const store = await setupOpenStore({ codec: giving(value()) })
    store.receive('x')
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_frame'])
    expect(store.recorder.count(socketMessage)).toBe(0)
    expect(store.state().status).toBe('open')
  })

  it('can be read until dispose, also after a close', async () => {
    const store = await setupOpenStore()
    const [handle] = receive(store, bytes(1))
    void store.dispatch(socketClose())
    await advanceTime()
    expect(read(store, handle!)).toEqual([1])
    store.socket.dispose()
    expect(read(store, handle!)).toBeUndefined()
  })

  it('go through toActions as their handle', async () => {
    const store = await setupOpenStore({ toActions: (handle) => ({ type: 'picture/came', payload: handle }) })
    store.network.last.sendRaw(bytes(7))
    const [action] = store.recorder.of('picture/came')
    expect(read(store, action!['payload'] as Handle)).toEqual([7])
  })

  it('are values when the codec reads JSON in UTF-8 from them', async () => {
    const store = await setupOpenStore({ codec: json({ binary: true }) })
    store.network.last.sendRaw(Buffer.from('{"a":1}'))
    expect(store.recorder.of(socketMessage)[0]?.payload).toEqual({ a: 1 })
  })

  it('keep their place among texts with an async codec', async () => {
    const finish: (() => void)[] = []
    const codec: Codec = {
      ...json(),
      decode: async (frame) => {
        await new Promise<void>((resolve) => finish.push(resolve))
        return typeof frame === 'string' ? frame : new Uint8Array(frame)[0]
      },
    }
    const store = await setupOpenStore({ codec })
    store.network.last.sendRaw(bytes(1))
    store.receive('2')
    store.network.last.sendRaw(bytes(3))
    store.receive('4')
    for (const resolve of finish.toReversed()) resolve()
    await advanceTime()
    expect(store.recorder.of(socketMessage).map(({ payload }) => payload)).toEqual([1, '2', 3, '4'])
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

  it('returns the same url each time, and undefined for unknown bytes', async () => {
    const store = await setupOpenStore()
    const [{ id }] = receive(store, bytes(1)) as [Handle]
    const url = store.socket.binaryUrl(id)
    expect(url).toEqual(expect.any(String))
    expect(store.socket.binaryUrl(id)).toBe(url)
    expect(store.socket.binaryUrl('nobody')).toBeUndefined()
  })

  it.each<[when: string, end: (store: TestStore, id: string) => void]>([
    ['the bytes are released', (store, id) => store.socket.releaseBinary(id)],
    ['they are evicted', (store) => receive(store, bytes(2))],
    ['the middleware is disposed of', (store) => store.socket.dispose()],
  ])('is revoked when %s', async (_when, end) => {
    const store = await setupOpenStore({ binary: { maxCount: 1 } })
    const [{ id }] = receive(store, bytes(1)) as [Handle]
    store.socket.binaryUrl(id)
    expect(live.size).toBe(1)
    end(store, id)
    expect(live.size).toBe(0)
    expect(store.socket.binaryUrl(id)).toBeUndefined()
  })
})

const bytesOf = (store: TestStore): Handle[] => store.recorder.of(socketMessage).map(({ payload }) => payload as Handle)

describe('one middleware in two stores', () => {
  it('finds the bytes of each store, and evicts them separately', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const socket = createSocketMiddleware({
      url: 'ws://a.example',
      WebSocket: network.WebSocket,
      binary: { maxCount: 1 },
    })
    const stores = [setupStore({ create: () => socket }), setupStore({ create: () => socket })]
    for (const store of stores) void store.dispatch(socketConnect())
    await advanceTime(1)
    network.connections[0]!.sendRaw(bytes(1))
    network.connections[1]!.sendRaw(bytes(2))
    const handles = stores.map((store) => bytesOf(store)[0]!)
    expect(handles.map(({ id }) => [...new Uint8Array(socket.readBinary(id) as ArrayBuffer)])).toEqual([[1], [2]])
    socket.releaseBinary(handles[0]!.id)
    expect(handles.map(({ id }) => socket.readBinary(id) !== undefined)).toEqual([false, true])
  })
})

describe('two connections in one store', () => {
  it('keep their bytes and their listeners apart', async () => {
    const prices = createSocketActions('prices')
    const network = createHeldServer({ mode: 'accept' })
    const other = createSocketMiddleware({ url: 'ws://b.example', WebSocket: network.WebSocket, actions: prices })
    const store = setupStore({ WebSocket: network.WebSocket, connections: [other] })
    const one = store.socket
    void store.dispatch(socketConnect())
    void store.dispatch(prices.connect())
    await advanceTime(1)
    const received: unknown[] = []
    const { listen } = createListening(prices)
    store.dispatch(
      listen(
        () => true,
        (message) => received.push(message),
      ),
    )
    network.connections[0]!.sendRaw(bytes(1))
    network.connections[1]!.sendRaw(bytes(2))
    const [first, second] = [bytesOf(store)[0]!, store.recorder.of(prices.message)[0]!.payload as Handle]
    expect([one.readBinary(first.id), one.readBinary(second.id)].map(Boolean)).toEqual([true, false])
    expect([other.readBinary(first.id), other.readBinary(second.id)].map(Boolean)).toEqual([false, true])
    expect(received).toHaveLength(1)
  })
})
