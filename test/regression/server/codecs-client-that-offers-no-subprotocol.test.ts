import { expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import { json, socketConnect, socketError, socketFailed, type WebSocketClass } from '../../../src/index.js'
import { jsonRpc, socketRequest } from '../../../src/rpc/index.js'
import { buildStore, type StoreOptions } from '../../support/buildStore.js'
import { startServer, type TestServer } from '../../server/support.js'

// A server with several codecs takes a client that offers no subprotocol for one that speaks JSON. The requests of a cbor() client were bytes to it, and
// ended in `request_timeout`.

const start = async () => {
  const running = await startServer({ codec: [json(), cbor(), msgpack()] as never })
  running.server.methods({ double: (n) => Number(n) * 2 })
  return running
}

const connect = async ({ url }: TestServer, options: StoreOptions) => {
  const store = buildStore({ url, WebSocket: WebSocket as unknown as WebSocketClass, protocol: jsonRpc(), ...options })
  await store.dispatch(socketConnect())
  return store
}

it.each([
  ['cbor', cbor()],
  ['msgpack', msgpack()],
])('a %s() client that offers no subprotocol is told which one to offer', async (name, codec) => {
  await using running = await start()
  using store = await connect(running, { codec })
  const result = await store.dispatch(socketRequest('double', 21, { timeout: Infinity }))
  expect(result).toMatchObject({ error: { code: 'disconnected' } })
  const reason = `Expected the subprotocol "${name}" to be offered for this codec`
  expect(store.state()).toMatchObject({ status: 'failed', lastClose: { code: 1003, reason } })
  expect(store.recorder.of(socketFailed)).toMatchObject([
    { payload: { code: 'stopped', message: expect.stringContaining(reason) } },
  ])
  expect(await running.problems.next()).toMatchObject({
    code: 'unsupported_frame',
    message: expect.stringContaining(reason),
  })
})

it.each<[string, StoreOptions]>([
  ['in "protocols"', { codec: cbor(), protocols: 'cbor' }],
  ['by a list of codecs', { codecs: [cbor(), json()] }],
])('a cbor() client that offers its subprotocol %s is served', async (_how, options) => {
  await using running = await start()
  using store = await connect(running, options)
  await expect(store.dispatch(socketRequest('double', 21))).resolves.toEqual({ data: 42 })
})

it('a client that receives texts under cbor() gets an error with a code', async () => {
  await using running = await start()
  using store = await connect(running, { codec: cbor() })
  running.server.broadcast({ type: 'said' })
  expect(await store.recorder.take(socketError)).toMatchObject({ payload: { code: 'unsupported_frame' } })
})

it('bytes that a json() client sends are the app’s, whatever is in them', async () => {
  await using running = await start()
  using store = await connect(running, {})
  const bytes = cbor().encode({ jsonrpc: 'no', method: 'double' }) as Uint8Array
  const socket = new WebSocket(running.url)
  await new Promise((resolve) => socket.once('open', resolve))
  const received = new Promise((resolve) => running.server.messages.forEach((message) => resolve(message)))
  socket.send(bytes)
  expect(Buffer.from((await received) as ArrayBuffer)).toEqual(Buffer.from(bytes))
  socket.close()
  expect(store.state().status).toBe('open')
})
