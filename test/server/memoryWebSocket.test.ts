import { configureStore, createAction } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketClose, socketConnect, socketReducer, socketSend } from '../../src/index.js'
import {
  createMemoryWebSocket,
  createSocketServer,
  type SocketServer,
  type WebSocketLike,
} from '../../src/server/index.js'
import { createQueue } from './support.js'

const start = (options: object = {}, socketOptions: object = {}) => {
  const server = createSocketServer({ noServer: true, ...options }) as unknown as SocketServer
  return {
    server,
    MemoryWebSocket: createMemoryWebSocket(server, socketOptions),
    [Symbol.asyncDispose]: async () => await server.close({ within: 0 }),
  }
}

/** Records the events of a socket. */
const record = (socket: WebSocketLike) => {
  const events = createQueue<Record<string, unknown>>()
  for (const type of ['open', 'message', 'error', 'close'])
    socket.addEventListener(type, (event) => {
      const { target: _target, ...members } = event as { target: unknown }
      events.push(members)
    })
  return events
}

describe('createMemoryWebSocket', () => {
  it('connects a store to a server of the same process', async () => {
    await using running = start()
    const said = createAction<string>('chat/said')
    running.server.onMessage('chat/said', (payload, sender) => sender.emit('chat/said', [payload, 'received'].join()))
    const texts = createQueue<string>()
    const socket = createSocketMiddleware({
      url: 'ws://test/',
      WebSocket: running.MemoryWebSocket,
      accept: [said],
    })
    const store = configureStore({
      reducer: {
        socket: socketReducer,
        texts: (state: readonly string[] = [], action: unknown) => {
          if (said.match(action)) texts.push(action.payload)
          return state
        },
      },
      middleware: (defaults) => defaults().concat(socket.middleware),
    })
    store.dispatch(socketConnect())
    store.dispatch(socketSend(said('hello')))
    expect(await texts.next()).toBe('hello,received')
    store.dispatch(socketClose())
  })

  it('carries texts and bytes of every kind in order, in both directions', async () => {
    await using running = start({ codec: { encode: (value: never) => value, decode: (frame: unknown) => frame } })
    const received = createQueue<unknown>()
    running.server.messages.forEach((message, sender) => {
      received.push(message)
      sender.sendRaw(message as ArrayBuffer)
    })
    const socket = new running.MemoryWebSocket('ws://test/')
    socket.binaryType = 'arraybuffer'
    const events = record(socket)
    expect(await events.next()).toEqual({ type: 'open' })
    const bytes = Uint8Array.from([1, 2, 3])
    for (const data of [new Blob([bytes]), 'text', bytes, bytes.subarray(1), bytes.buffer]) socket.send(data)
    const expected = [bytes.buffer, 'text', bytes.buffer, Uint8Array.from([2, 3]).buffer, bytes.buffer]
    for (const data of expected) {
      expect(await received.next()).toEqual(data)
      expect(await events.next()).toEqual({ type: 'message', data })
    }
  })

  it('gives Blobs by default, as a browser does', async () => {
    await using running = start()
    running.server.on('add', (connection) => void connection.sendRaw(Uint8Array.from([65])))
    const events = record(new running.MemoryWebSocket('ws://test/'))
    await events.next()
    const { data } = await events.next()
    expect(await (data as Blob).text()).toBe('A')
  })

  it('closes from either end with the code and the reason', async () => {
    await using running = start()
    const ends = createQueue<object>()
    running.server.on('remove', (_connection, end) => ends.push(end))
    const added = createQueue<{ close: (code: number, reason: string) => void }>()
    running.server.on('add', added.push)
    const first = new running.MemoryWebSocket('ws://test/')
    const events = record(first)
    await added.next()
    expect(() => first.close(1001)).toThrow('1001')
    first.close(4000, 'enough')
    expect(await ends.next()).toEqual({ code: 4000, reason: 'enough' })
    await events.next()
    expect(await events.next()).toEqual({ type: 'close', code: 4000, reason: 'enough', wasClean: true })

    const second = record(new running.MemoryWebSocket('ws://test/'))
    ;(await added.next()).close(4001, 'go')
    expect(await ends.next()).toEqual({ code: 4001, reason: 'go' })
    await second.next()
    expect(await second.next()).toEqual({ type: 'close', code: 4001, reason: 'go', wasClean: true })
  })

  it('reports a lost connection as 1006 when either end terminates', async () => {
    await using running = start()
    const added = createQueue<{ terminate: () => void }>()
    running.server.on('add', added.push)
    const ends = createQueue<object>()
    running.server.on('remove', (_connection, end) => ends.push(end))
    const lost = { type: 'close', code: 1006, reason: '', wasClean: false }
    const first = record(new running.MemoryWebSocket('ws://test/'))
    ;(await added.next()).terminate()
    await first.next()
    expect(await first.next()).toEqual(lost)
    const socket = new running.MemoryWebSocket('ws://test/')
    const second = record(socket)
    await added.next()
    await ends.next()
    socket.terminate?.()
    expect(await ends.next()).toEqual({ code: 1006, reason: '' })
    await second.next()
    expect(await second.next()).toEqual(lost)
  })

  it('offers its subprotocols, and sends the headers', async () => {
    await using running = start(
      {
        codec: { subprotocol: 'v1', encode: String, decode: String },
        authorize: (req: { headers: { cookie: string } }) => req.headers.cookie === 'a=b',
      },
      { headers: { cookie: 'a=b' }, remoteAddress: '10.0.0.7' },
    )
    const added = new Promise<{ ip: string }>((resolve) => running.server.on('add', resolve))
    const socket = new running.MemoryWebSocket('ws://test/', ['v2', 'v1'])
    expect((await added).ip).toBe('10.0.0.7')
    expect(socket.protocol).toBe('v1')
  })

  it('fails to connect to a path that the server does not serve', async () => {
    await using running = start({ path: '/ws' })
    const socket = new running.MemoryWebSocket('ws://test/other')
    expect(() => socket.send('early')).toThrow('connecting')
    const events = record(socket)
    expect(await events.next()).toMatchObject({ type: 'error' })
    expect(await events.next()).toEqual({ type: 'close', code: 1006, reason: '', wasClean: false })
  })

  it('ends an attempt that is closed before it is open', async () => {
    await using running = start()
    const socket = new running.MemoryWebSocket('ws://test/')
    const events = record(socket)
    socket.close()
    expect(await events.next()).toEqual({ type: 'close', code: 1006, reason: '', wasClean: false })
    expect(running.server.connections.size).toBe(0)
  })
})
