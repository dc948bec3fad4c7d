import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import { socketSendRaw } from '../../src/actions/index.js'
import { socketReceive } from '../../src/features/listen.js'
import { json, socketConnect, socketMessage, socketSend, type Codec } from '../../src/index.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'

let server: EchoServer
beforeEach(async () => {
  server = await startEchoServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const open = async (options: StoreOptions = {}): Promise<TestStore> => {
  const store = setupStore({ url: server.url, WebSocket: WsWebSocket, ...options })
  expect(await store.dispatch(socketConnect())).toBe('open')
  return store
}

const bytes = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, index) => (index * 7) % 251)
const frame = bytes(4_096)
const cut = (from: number, to: number): Buffer => Buffer.from(frame.buffer, from, to - from)

const kinds: [kind: string, value: () => ArrayBuffer | ArrayBufferView | Blob, expected: Buffer][] = [
  ['ArrayBuffer', () => frame.buffer.slice(0, 100), cut(0, 100)],
  ['Uint8Array with an offset', () => frame.subarray(10, 20), cut(10, 20)],
  ['Uint8ClampedArray with an offset', () => new Uint8ClampedArray(frame.buffer, 3, 5), cut(3, 8)],
  ['Int16Array with an offset', () => new Int16Array(frame.buffer, 6, 4), cut(6, 14)],
  ['Float64Array with an offset', () => new Float64Array(frame.buffer, 16, 2), cut(16, 32)],
  ['BigUint64Array with an offset', () => new BigUint64Array(frame.buffer, 8, 1), cut(8, 16)],
  ['DataView with an offset', () => new DataView(frame.buffer, 7, 3), cut(7, 10)],
  ['Node Buffer out of the pool', () => Buffer.from('abc'), Buffer.from('abc')],
  ['Blob', () => new Blob([frame.subarray(0, 50)]), cut(0, 50)],
  ['File', () => new File([frame.subarray(50, 60)], 'a.bin'), cut(50, 60)],
  ['nothing at all', () => new Uint8Array(0), cut(0, 0)],
  ['a text that JSON would read', () => Buffer.from('{"a":1}'), Buffer.from('{"a":1}')],
]

describe('bytes through a real WebSocket', () => {
  it.each(kinds)('are sent and received unchanged: %s', async (_kind, value, expected) => {
    const store = await open()
    for (const creator of [socketSend, socketSendRaw]) {
      store.dispatch(creator(value()))
      const { payload } = await store.recorder.take(socketMessage) // oxlint-disable-line no-await-in-loop
      const { id, byteLength } = payload as { id: string; byteLength: number }
      expect(byteLength).toBe(expected.byteLength)
      expect(Buffer.from(store.socket.readBinary(id) as ArrayBuffer)).toEqual(expected)
    }
    expect(server.received).toEqual([expected, expected])
  })
})

it('texts and bytes arrive in the order in which they were sent', async () => {
  const store = await open()
  const read = store.dispatch(socketReceive())
  for (let index = 0; index < 20; index++) {
    if (index % 3 === 0) store.dispatch(socketSend(index))
    else if (index % 3 === 1) store.dispatch(socketSend(Uint8Array.of(index)))
    else store.dispatch(socketSend(new Blob([Uint8Array.of(index)])))
  }
  const numbers: unknown[] = []
  for await (const message of read) {
    numbers.push(typeof message === 'number' ? message : new Uint8Array(message as ArrayBuffer)[0])
    if (numbers.length === 20) break
  }
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

it('texts and bytes arrive in order through a codec that awaits a Blob', async () => {
  const codec: Codec = {
    encode: (value) => (typeof value === 'number' ? JSON.stringify(value) : (value as Uint8Array)),
    decode: async (received) =>
      typeof received === 'string'
        ? (JSON.parse(received) as unknown)
        : new Uint8Array(await (received as unknown as Blob).arrayBuffer())[0],
    binaryType: 'blob',
  }
  const store = await open({ codec })
  for (let index = 0; index < 20; index++) store.dispatch(socketSend(index % 2 ? Uint8Array.of(index) : index))
  const messages = await store.recorder.takeMany(20, socketMessage)
  expect(messages.map(({ payload }) => payload)).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

it('a megabyte is received unchanged', async () => {
  const store = await open()
  const large = bytes(1024 * 1024)
  store.dispatch(socketSendRaw(large))
  const { payload } = await store.recorder.take(socketMessage)
  const received = store.socket.readBinary((payload as { id: string }).id) as ArrayBuffer
  expect(Buffer.compare(Buffer.from(received), large)).toBe(0)
})

it('the queue is encoded by the second codec of a list when the server chooses that', async () => {
  await using choosy = await startEchoServer({ handleProtocols: () => 'second' })
  const first: Codec = { ...json(), encode: (value) => `first ${JSON.stringify(value)}`, subprotocol: 'first' }
  const second: Codec = { ...json(), subprotocol: 'second' }
  const store = setupStore({ url: choosy.url, WebSocket: WsWebSocket, codecs: [first, second] })
  expect(store.dispatch(socketSend({ a: 1 }))).toMatchObject({ delivery: 'queued' })
  await store.dispatch(socketConnect())
  const { payload } = await store.recorder.take(socketMessage)
  expect(payload).toEqual({ a: 1 })
  expect(choosy.received).toEqual(['{"a":1}'])
})
