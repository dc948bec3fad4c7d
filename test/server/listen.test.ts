import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { WebSocket, WebSocketServer } from 'ws'
import { createSocketServer, type SocketServer } from '../../src/server/index.js'
import { createQueue, connectClient, startServer, startOnHttp, upgradeAt, wrap } from './support.js'

const statusAt = async (url: string): Promise<{ status: number | undefined; body: string }> => {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, body }
}

describe('a server on a port of its own', () => {
  it('listens on a free port for { port: 0 } and reports it', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    expect(running.server.port).toBeGreaterThan(0)
    expect(running.server.address()).toMatchObject({ address: '127.0.0.1', port: running.server.port })
    expect(connection.isOpen).toBe(true)
    expect(client.ws.readyState).toBe(WebSocket.OPEN)
  })

  it('responds with 426 to a plain HTTP request', async () => {
    await using running = await startServer()
    expect((await statusAt(`http://127.0.0.1:${running.port}/`)).status).toBe(426)
  })

  it('responds with 404 to an upgrade for another path', async () => {
    await using running = await startServer({}, '/ws')
    expect(await upgradeAt(running.port, '/other')).toBe('HTTP/1.1 404 Not Found')
    await expect(running.connect('/ws')).resolves.toBeDefined()
  })

  it('rejects ready and emits an error when the port is taken', async () => {
    await using first = await startServer()
    const problems = createQueue<{ code: string }>()
    const second = createSocketServer({ port: first.port, host: '127.0.0.1', onError: problems.push })
    await expect(second.ready).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(problems.all.map(({ code }) => code)).toEqual(['listen_failed'])
    await second.close()
  })

  it('emits listening', async () => {
    const server = createSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise<void>((resolve) => void server.on('listening', resolve))
    expect(server.port).toBeGreaterThan(0)
    await server.close()
  })
})

describe('options of ws', () => {
  it('verifyClient can refuse an upgrade', async () => {
    await using running = await startServer({
      verifyClient: (_info: unknown, done: (ok: boolean, code: number) => void) => done(false, 418),
    })
    expect(await upgradeAt(running.port, '/')).toMatch(/^HTTP\/1.1 418/)
  })

  it('perMessageDeflate can be enabled, and is off by default', async () => {
    await using off = await startServer()
    await using on = await startServer({ perMessageDeflate: true })
    expect((await off.connect()).ws.extensions).toBe('')
    expect((await on.connect()).ws.extensions).toContain('permessage-deflate')
  })

  it('handleProtocols chooses the subprotocol', async () => {
    await using running = await startServer({ handleProtocols: (offered) => [...offered].at(-1) ?? false })
    const { connection } = await connectClient(running, '/', { protocols: ['a', 'b'] })
    expect(connection.protocol).toBe('b')
  })
})

describe('a server on the port of an HTTP server', () => {
  it('shares the port: HTTP requests work before, during and after', async () => {
    const running = await startOnHttp()
    expect(await statusAt(running.origin)).toEqual({ status: 200, body: 'hello' })
    const { client, connection } = await connectClient(running, '/ws')
    expect(await statusAt(`${running.origin}/ws`)).toEqual({ status: 200, body: 'hello' })
    connection.send('over the socket')
    expect(await client.next()).toBe('over the socket')
    await running.server.close({ within: 0 })
    expect(running.http.listening).toBe(true)
    expect(await statusAt(running.origin)).toEqual({ status: 200, body: 'hello' })
    await running[Symbol.asyncDispose]()
  })

  it('serves only its path', async () => {
    await using running = await startOnHttp(undefined, {}, '/ws')
    expect((await running.connect('/ws')).ws.readyState).toBe(WebSocket.OPEN)
    expect(await upgradeAt(running.port, '/')).toBe('HTTP/1.1 404 Not Found')
  })

  it('ignores upgrades for paths of other listeners', async () => {
    await using running = await startOnHttp(undefined, {}, '/ws')
    const other = new WebSocketServer({ noServer: true })
    other.on('connection', (ws) => ws.send('"the other one"'))
    running.http.on('upgrade', (req, socket, head) => {
      if (req.url === '/hmr') other.handleUpgrade(req, socket, head, (ws) => other.emit('connection', ws, req))
    })
    const client = await running.connect('/hmr')
    expect(await client.next()).toBe('the other one')
    await expect(running.connect('/ws')).resolves.toBeDefined()
  })

  it('shares it with another socket server by path, and responds with 404 to other paths', async () => {
    await using running = await startOnHttp(undefined, {}, '/a')
    const second = createSocketServer({ server: running.http, path: '/b' }) as unknown as SocketServer
    second.on('add', (connection) => connection.send('b'))
    running.server.on('add', (connection) => connection.send('a'))
    expect(await (await running.connect('/a')).next()).toBe('a')
    expect(await (await running.connect('/b')).next()).toBe('b')
    expect(await upgradeAt(running.port, '/c')).toBe('HTTP/1.1 404 Not Found')
    await second.close({ within: 0 })
  })

  it('resolves ready when the HTTP server listens', async () => {
    const http = createServer()
    const server = createSocketServer({ server: http })
    const order: string[] = []
    http.on('listening', () => order.push('listening'))
    void server.ready.then(() => order.push('ready'))
    http.listen(0, '127.0.0.1')
    await server.ready
    expect(order).toEqual(['listening', 'ready'])
    await server.close()
    http.close()
  })
})

describe('a server with noServer', () => {
  it('upgrades the requests given to handleUpgrade', async () => {
    const server = createSocketServer({ noServer: true, path: '/rooms/:room' })
    await server.ready
    const http = createServer()
    http.on('upgrade', server.handleUpgrade)
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as { port: number }
    server.on('add', (connection) => connection.send(connection.params))
    const client = wrap(new WebSocket(`ws://127.0.0.1:${port}/rooms/blue%20one`))
    expect(await client.next()).toEqual({ room: 'blue one' })
    expect(await upgradeAt(port, '/rooms')).toBe('HTTP/1.1 404 Not Found')
    expect(server.port).toBeUndefined()
    await server.close({ within: 0 })
    expect(await upgradeAt(port, '/rooms/x')).toBe('HTTP/1.1 503 Service Unavailable')
    http.close()
  })
})
