import { describe, expect, it } from '@jest/globals'
import { bunAdapter, type BunServer, type BunSocket, type BunSocketData } from '../../../src/server/bun/index.js'
import { denoHandler, type DenoUpgrade } from '../../../src/server/deno/index.js'
import {
  createSocketServer,
  fromWebSocket,
  type ServerConnection,
  type ServerProblem,
  type SocketServer,
  type SocketServerSettings,
} from '../../../src/server/index.js'
import { createQueue } from '../support.js'

// The adapters with doubles of the documented interfaces of Bun and Deno; runtimes.test.ts runs them under both where they are installed.

const start = (options: SocketServerSettings & { path?: string } = {}) => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({ noServer: true, onError: problems.push, ...options } as never) as SocketServer
  const added = createQueue<ServerConnection>()
  server.on('add', added.push)
  const ends = createQueue<object>()
  server.on('remove', (_connection, end) => ends.push(end))
  return { server, problems, added, ends, [Symbol.asyncDispose]: async () => await server.close({ within: 0 }) }
}

const upgradeRequest = (url: string, headers: Record<string, string> = {}): Request =>
  new Request(url, { headers: { upgrade: 'WebSocket', connection: 'Upgrade', ...headers } })

type Calls = ReturnType<typeof createQueue<readonly unknown[]>>

const createBunSocket = (data: BunSocketData, calls: Calls, sendResult: () => number): BunSocket => ({
  data,
  send: (message) => {
    calls.push(['send', message])
    return sendResult()
  },
  close: (code, reason) => calls.push(['close', code, reason]),
  terminate: () => calls.push(['terminate']),
  ping: () => calls.push(['ping']),
  getBufferedAmount: () => 7,
})

/** A Bun.serve that has upgraded one request. */
const upgradeWithBun = (server: SocketServer, request: Request, sendResult: () => number = () => 1) => {
  const calls: Calls = createQueue()
  const adapter = bunAdapter(server)
  const upgraded: { data: BunSocketData; headers?: Record<string, string> }[] = []
  const bun: BunServer = {
    upgrade: (_request, options) => upgraded.push(options) > 0,
    requestIP: () => ({ address: '10.0.0.1' }),
  }
  const isUpgraded = adapter.upgrade(request, bun)
  const [options] = upgraded
  const socket = options && createBunSocket(options.data, calls, sendResult)
  return { ...adapter.websocket, isUpgraded, options, socket: socket!, calls }
}

describe('bunAdapter', () => {
  it('attaches the socket with the address, and passes frames and the close on', async () => {
    await using running = start({ pingInterval: 1 })
    const bun = upgradeWithBun(running.server, upgradeRequest('http://example.org/x', { host: 'example.org' }))
    expect(bun.isUpgraded).toBe(true)
    // Nothing has been attached yet.
    bun.message(bun.socket, 'early')
    bun.open(bun.socket)
    const connection = await running.added.next()
    expect(connection.ip).toBe('10.0.0.1')
    expect(connection.bufferedAmount).toBe(7)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    bun.message(bun.socket, '"text"')
    bun.message(bun.socket, Buffer.from('bytes'))
    expect(await received.next()).toBe('text')
    expect(Buffer.from((await received.next()) as ArrayBuffer).toString()).toBe('bytes')
    expect(await bun.calls.next()).toEqual(['ping'])
    bun.pong(bun.socket)
    connection.send('out')
    while ((await bun.calls.next())[1] !== '"out"');
    connection.close(4000, 'enough')
    while ((await bun.calls.next())[0] !== 'close');
    bun.close(bun.socket, 4000, 'enough')
    expect(await running.ends.next()).toEqual({ code: 4000, reason: 'enough' })
  })

  it('reports a message that Bun has dropped', async () => {
    await using running = start()
    const bun = upgradeWithBun(running.server, upgradeRequest('http://example.org/'), () => 0)
    bun.open(bun.socket)
    const connection = await running.added.next()
    expect(connection.send('x')).toBe(false)
    expect(await running.problems.next()).toMatchObject({
      code: 'encode_failed',
      message: expect.stringContaining('Bun'),
    })
    bun.close(bun.socket, 1006, '')
  })

  it('selects the subprotocol of a codec, and knows that Bun selects the first one otherwise', async () => {
    await using running = start()
    const upgrade = (names: string) =>
      upgradeWithBun(running.server, upgradeRequest('http://x/', { 'sec-websocket-protocol': names })).options
    expect(upgrade('app, json')).toMatchObject({
      headers: { 'Sec-WebSocket-Protocol': 'json' },
      data: { protocol: 'json' },
    })
    await using named = start({ codec: { subprotocol: 'v1', encode: String, decode: String } as never })
    const { options } = upgradeWithBun(named.server, upgradeRequest('http://x/', { 'sec-websocket-protocol': 'a, b' }))
    expect(options).toEqual({ data: expect.objectContaining({ protocol: 'a' }) })
  })

  it('leaves to the app a request without an upgrade, one for another path, and all while the server closes', async () => {
    const { server } = start({ path: '/ws' })
    expect(upgradeWithBun(server, new Request('http://x/ws')).isUpgraded).toBe(false)
    expect(upgradeWithBun(server, upgradeRequest('http://x/other')).isUpgraded).toBe(false)
    expect(upgradeWithBun(server, upgradeRequest('http://x/ws')).isUpgraded).toBe(true)
    await server.close()
    expect(upgradeWithBun(server, upgradeRequest('http://x/ws')).isUpgraded).toBe(false)
  })

  it('gives Bun the maxPayload of the server', () => {
    const { server } = start({ maxPayload: 1234 })
    expect(bunAdapter(server).websocket).toMatchObject({ maxPayloadLength: 1234, idleTimeout: 0, sendPings: false })
  })
})

/** A server's end of a WebSocket with the interface of browsers. */
const createStandardSocket = (close: (code?: number) => void = () => {}) => {
  const target = new EventTarget()
  const calls: Calls = createQueue()
  return {
    socket: {
      binaryType: 'blob',
      send: (data: string | Uint8Array) => calls.push(['send', data]),
      close: (code?: number, reason?: string) => {
        close(code)
        calls.push(['close', code, reason])
      },
      addEventListener: (type: string, listener: (event: never) => void) =>
        target.addEventListener(type, listener as EventListener),
    },
    calls,
    emit: (type: string, members: object = {}) => target.dispatchEvent(Object.assign(new Event(type), members)),
  }
}

const request = { url: '/', headers: {}, socket: {} }

describe('fromWebSocket', () => {
  it('passes frames, errors and the close on', async () => {
    await using running = start()
    const { socket, calls, emit } = createStandardSocket()
    running.server.attach(fromWebSocket(socket), request)
    const connection = await running.added.next()
    expect(socket.binaryType).toBe('arraybuffer')
    expect(connection.bufferedAmount).toBe(0)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    emit('message', { data: '1' })
    emit('message', { data: Uint8Array.from([1, 2]).buffer })
    expect(await received.next()).toBe(1)
    expect(new Uint8Array((await received.next()) as ArrayBuffer)).toEqual(Uint8Array.from([1, 2]))
    connection.send('out')
    expect(await calls.next()).toEqual(['send', '"out"'])
    emit('error', { message: 'reset' })
    expect(await running.problems.next()).toMatchObject({
      code: 'peer_error',
      message: expect.stringContaining('reset'),
    })
    emit('close', { code: 4001, reason: 'bye' })
    expect(await running.ends.next()).toMatchObject({ code: 4001 })
  })

  it('closes without a code where the runtime refuses it, and ends at once when it is terminated', async () => {
    await using running = start()
    const { socket, calls } = createStandardSocket((code) => {
      if (code === 1012) throw new Error('InvalidAccessError')
    })
    running.server.attach(fromWebSocket(socket), request)
    const connection = await running.added.next()
    connection.close(1012, 'later')
    expect(await calls.next()).toEqual(['close', undefined, undefined])
    connection.terminate()
    expect(await running.ends.next()).toMatchObject({ code: 1006 })
  })
})

describe('denoHandler', () => {
  const createUpgrade = () => {
    const standard = createStandardSocket()
    const options: object[] = []
    const response = new Response(null)
    const upgrade: DenoUpgrade = (_request, given) => {
      options.push(given)
      return { socket: standard.socket, response }
    }
    return { ...standard, upgrade, options, response }
  }
  const info = { remoteAddr: { hostname: '10.0.0.1' } }

  it('upgrades a request, and attaches the socket when it is open', async () => {
    await using running = start({ pingInterval: 1_500 })
    const deno = createUpgrade()
    const handle = denoHandler(running.server, deno.upgrade)
    const offering = { 'sec-websocket-protocol': 'app,json' }
    expect(handle(upgradeRequest('http://x/', offering), info)).toBe(deno.response)
    expect(deno.response.headers.get('sec-websocket-protocol')).toBe('json')
    expect(deno.options).toEqual([{ idleTimeout: 2 }])
    expect(running.server.connections.size).toBe(0)
    deno.emit('open')
    const connection = await running.added.next()
    expect([connection.ip, connection.protocol]).toEqual(['10.0.0.1', 'json'])
    deno.emit('close', { code: 1000, reason: '' })
  })

  it('responds with 404 and 503, and leaves a request without an upgrade to the app', async () => {
    const { server } = start({ path: '/ws' })
    const handle = denoHandler(server, createUpgrade().upgrade)
    expect(handle(new Request('http://x/ws'), info)).toBeUndefined()
    expect(handle(upgradeRequest('http://x/other'), info)?.status).toBe(404)
    await server.close()
    expect(handle(upgradeRequest('http://x/ws'), info)?.status).toBe(503)
  })
})
