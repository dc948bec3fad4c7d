import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { WebSocket, WebSocketServer } from 'ws'
import {
  createServerSocket,
  createSocketServer,
  fromFetchRequest,
  Refusal,
  type RefusedConnection,
  type ServerProblem,
  type ServerRequest,
  type SocketServer,
  type SocketServerSettings,
} from '../../src/server/index.js'
import { createQueue, wrap } from './support.js'

/** A transport that records what the server does with it. */
const createTransport = (protocol = '') => {
  const sent = createQueue<string | Uint8Array>()
  const done = createQueue<readonly unknown[]>()
  const created = createServerSocket({
    protocol,
    send: sent.push,
    close: (code, reason) => done.push(['close', code, reason]),
    terminate: () => done.push(['terminate']),
  })
  const request = (method: string, params?: unknown): void =>
    created.receive(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  const next = async (): Promise<unknown> => JSON.parse(String(await sent.next()))
  return { ...created, sent, done, request, next }
}

const requestTo = (url: string, headers: Record<string, string> = {}): ServerRequest => ({
  url,
  headers: { host: 'example.org', ...headers },
  socket: { remoteAddress: '10.0.0.1' },
})

const start = (options: SocketServerSettings & { path?: string } = {}) => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({ noServer: true, onError: problems.push, ...options } as never) as SocketServer
  return { server, problems, [Symbol.asyncDispose]: async () => await server.close({ within: 0 }) }
}

describe('server.attach', () => {
  it('serves a socket of ws that another server upgraded', async () => {
    await using running = start({ authorize: (req) => ({ agent: req.headers['user-agent'] }) })
    running.server.methods({ whoAmI: (_params: unknown, { user }) => user })
    const http = createServer()
    const wss = new WebSocketServer({ server: http })
    wss.on('connection', (ws, req) => running.server.attach(ws, req))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const client = wrap(
      new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, { headers: { 'user-agent': 'Ada' } }),
    )
    await once(client.ws, 'open')
    expect(await client.request('whoAmI')).toMatchObject({ result: { agent: 'Ada' } })
    client.ws.close()
    await client.closed
    wss.close()
    http.close()
    await once(http, 'close')
  })

  it('admits a client by the request, and gives its frames and events to the app', async () => {
    await using running = start({
      path: '/rooms/:room',
      authorize: (req, { ip, params }) => ({ cookie: req.headers.cookie, ip, params }),
    })
    const messages = createQueue<unknown>()
    running.server.messages.forEach(messages.push)
    const ends = createQueue<object>()
    running.server.on('remove', (_connection, end) => ends.push(end))
    const added = new Promise<{ user: unknown; ws: unknown }>((resolve) => running.server.on('add', resolve))
    const { socket, receive, end, sent } = createTransport()
    running.server.attach(socket, requestTo('/rooms/7?tag=redux', { cookie: 'a=b' }))
    receive('{"before":"admission"}')
    const connection = await added
    expect(connection.user).toEqual({ cookie: 'a=b', ip: '10.0.0.1', params: { room: '7', tag: 'redux' } })
    expect(connection.ws).toBe(socket)
    receive('"text"')
    expect(await messages.next()).toEqual({ before: 'admission' })
    expect(await messages.next()).toBe('text')
    running.server.broadcast({ to: 'all' })
    expect(await sent.next()).toBe('{"to":"all"}')
    end(4000, 'enough')
    expect(await ends.next()).toEqual({ code: 4000, reason: 'enough' })
    expect(running.server.connections.size).toBe(0)
  })

  it('refuses a client with the code of its refusal, and disconnects one that does not complete the close', async () => {
    await using running = start({
      closeTimeout: 5,
      authorize: () => {
        throw new Refusal(4403, 'members only')
      },
    })
    const refused = createQueue<RefusedConnection>()
    running.server.on('refuse', refused.push)
    const { socket, done } = createTransport()
    running.server.attach(socket, requestTo('/'))
    expect(await refused.next()).toEqual({ code: 4403, reason: 'members only', ip: '10.0.0.1' })
    expect(await done.next()).toEqual(['close', 4403, 'members only'])
    expect(await done.next()).toEqual(['terminate'])
  })

  it('refuses a page of another host', async () => {
    await using running = start()
    const { socket, done } = createTransport()
    running.server.attach(socket, requestTo('/', { origin: 'https://evil.example' }))
    expect(await done.next()).toEqual(['close', 4403, 'origin not allowed'])
  })

  it('closes with 4404 for a path that the server does not serve, and with 1012 while it closes', async () => {
    const { server } = start({ path: '/ws' })
    const other = createTransport()
    server.attach(other.socket, requestTo('/other'))
    expect(() => other.fail(new Error('reset'))).not.toThrow()
    expect(await other.done.next()).toEqual(['close', 4404, 'nothing is served on this path'])
    other.end(4404)
    const closed = server.close({ within: 0 })
    const late = createTransport()
    server.attach(late.socket, requestTo('/ws'))
    expect(await late.done.next()).toEqual(['close', 1012, 'the server restarts'])
    late.end(1012)
    await closed
  })

  it('counts the connections of all kinds: a client above maxConnections is refused', async () => {
    await using running = start({ maxConnections: 1 })
    const refused = createQueue<RefusedConnection>()
    running.server.on('refuse', refused.push)
    const first = createTransport()
    running.server.attach(first.socket, requestTo('/'))
    const second = createTransport()
    running.server.attach(second.socket, requestTo('/'))
    expect(await refused.next()).toMatchObject({ code: 1013, ip: '10.0.0.1' })
    expect(await second.done.next()).toEqual(['close', 1013, 'too many connections'])
    second.end(1013)
    first.end(1000)
  })

  it('closes with 1009 when a message is larger than maxPayload, of either kind', async () => {
    await using running = start({ maxPayload: 10 })
    const added = createQueue<unknown>()
    running.server.on('add', added.push)
    for (const data of ['x'.repeat(11), new Uint8Array(11)]) {
      const { socket, receive, end, done } = createTransport()
      running.server.attach(socket, requestTo('/'))
      await added.next()
      receive(data)
      expect(await done.next()).toEqual(['close', 1009, 'message too large'])
      end(1009)
    }
  })

  it('does not disconnect a silent client whose socket has no ping', async () => {
    await using running = start({ pingInterval: 1 })
    const added = createQueue<unknown>()
    running.server.on('add', added.push)
    const silent = createTransport()
    running.server.attach(silent.socket, requestTo('/'))
    await added.next()
    const pinged = createQueue<string>()
    const silentWithPing = createServerSocket({
      send: () => {},
      close: () => {},
      terminate: () => pinged.push('terminate'),
      ping: () => pinged.push('ping'),
    })
    running.server.attach(silentWithPing.socket, requestTo('/'))
    expect(await pinged.next()).toBe('ping')
    expect(await pinged.next()).toBe('terminate')
    expect(silent.done.all).toEqual([])
    silent.end(1006)
  })

  it('reports an error of the socket, and a Blob that it cannot send', async () => {
    const blob = { encode: () => new Blob(['x']), decode: (frame: unknown) => frame }
    await using running = start({ codec: blob as never })
    const added = new Promise<{ send: (value: unknown) => boolean }>((resolve) => running.server.on('add', resolve))
    const { socket, fail, end } = createTransport()
    running.server.attach(socket, requestTo('/'))
    const connection = await added
    fail(new Error('reset'))
    expect(await running.problems.next()).toMatchObject({ code: 'peer_error' })
    expect(connection.send({})).toBe(false)
    expect(await running.problems.next()).toMatchObject({
      code: 'encode_failed',
      message: expect.stringContaining('Blob'),
    })
    end(1006)
    expect(connection.send({})).toBe(false)
  })

  it.each([
    [
      'a socket of a browser',
      { send: () => {}, close: () => {}, addEventListener: () => {} },
      requestTo('/'),
      'without "on"',
    ],
    ['no socket', undefined, requestTo('/'), 'got undefined'],
    [
      'a request of the Fetch standard',
      createTransport().socket,
      new Request('http://example.org/'),
      'fromFetchRequest',
    ],
    ['no request', createTransport().socket, undefined, 'fromFetchRequest'],
  ])('throws invalid_option for %s', async (_name, socket, request, text) => {
    await using running = start()
    const call = () => running.server.attach(socket as never, request as never)
    expect(call).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(text) }))
  })
})

describe('server.negotiate', () => {
  it('returns the subprotocol of the first codec that the client offers', async () => {
    const named = { subprotocol: 'cbor', encode: String, decode: String }
    await using running = start({ path: '/ws', codec: [{ encode: String, decode: String }, named] as never })
    const offering = (names: string) => running.server.negotiate(requestTo('/ws', { 'sec-websocket-protocol': names }))
    expect(offering('app, cbor')).toEqual({ status: 101, protocol: 'cbor' })
    expect(offering('app')).toEqual({ status: 101, protocol: 'app' })
    expect(running.server.negotiate(requestTo('/ws'))).toEqual({ status: 101, protocol: '' })
    expect(running.server.negotiate(requestTo('/other'))).toEqual({ status: 404, protocol: '' })
    await running.server.close()
    expect(running.server.negotiate(requestTo('/ws'))).toEqual({ status: 503, protocol: '' })
  })
})

describe('createServerSocket', () => {
  it('sends texts as strings, also those that are encoded for many, and bytes as bytes', async () => {
    await using running = start()
    const added = new Promise<{ sendRaw: (frame: Uint8Array) => boolean }>((resolve) =>
      running.server.on('add', resolve),
    )
    const { socket, sent } = createTransport()
    running.server.attach(socket, requestTo('/'))
    const connection = await added
    running.server.broadcast('é')
    expect(await sent.next()).toBe('"é"')
    connection.sendRaw(Uint8Array.from([1, 2]))
    expect(await sent.next()).toEqual(Uint8Array.from([1, 2]))
  })

  it('emits the close once, in a later microtask after terminate, and nothing after it', async () => {
    const { socket, receive, pong, fail, end } = createTransport()
    const emitted: unknown[] = []
    socket.on('message', () => emitted.push('message'))
    socket.on('pong', () => emitted.push('pong'))
    socket.on('close', (code) => emitted.push(code))
    socket.terminate()
    expect(emitted).toEqual([])
    await Promise.resolve()
    expect(emitted).toEqual([1006])
    receive('x')
    pong()
    fail(new Error('late'))
    end(1000)
    socket.terminate()
    socket.close(1000, '')
    socket.send('x', { binary: false })
    await Promise.resolve()
    expect(emitted).toEqual([1006])
    expect(socket.readyState).toBe(3)
  })

  it('gives a view of a larger buffer as an ArrayBuffer of its own bytes', () => {
    const { socket, receive } = createTransport()
    const received: unknown[] = []
    socket.on('message', (data, isBinary) => received.push([data, isBinary]))
    receive(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))
    expect(received).toEqual([[Uint8Array.from([1, 2]).buffer, true]])
  })

  it('passes pause, resume and bufferedAmount to the transport', () => {
    const calls: string[] = []
    const { socket } = createServerSocket({
      send: () => {},
      close: () => {},
      terminate: () => {},
      bufferedAmount: () => 7,
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
    })
    socket.pause?.()
    expect(socket.isPaused).toBe(true)
    socket.resume?.()
    expect(socket.isPaused).toBe(false)
    expect(calls).toEqual(['pause', 'resume'])
    expect(socket.bufferedAmount).toBe(7)
    expect(createTransport().socket.bufferedAmount).toBe(0)
  })
})

describe('fromFetchRequest', () => {
  it('has the path, the query, the headers in lower case and the address', () => {
    const request = new Request('https://example.org/rooms/7?tag=a', { headers: { Cookie: 'a=b', 'X-Y': 'z' } })
    expect(fromFetchRequest(request, '10.0.0.1')).toEqual({
      url: '/rooms/7?tag=a',
      method: 'GET',
      headers: expect.objectContaining({ 'x-y': 'z' }),
      socket: { remoteAddress: '10.0.0.1' },
    })
  })
})
