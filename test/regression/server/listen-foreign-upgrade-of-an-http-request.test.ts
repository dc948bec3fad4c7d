import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createSocketServer } from '../../../src/server/index.js'
import { connectClient, startOnHttp, startServer, upgradeAt } from '../../server/support.js'

/** What every Java HttpClient and `curl --http2` send. */
const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n'

const readAll = async (source: AsyncIterable<unknown>): Promise<string> => {
  let all = ''
  for await (const chunk of source) all += String(chunk)
  return all
}

/** An HTTP server that answers with what it got. */
const createEcho = () =>
  createServer((req, res) => {
    // A client that disconnects has no answer.
    void readAll(req)
      .catch(() => '')
      .then((body) =>
        res.end(
          JSON.stringify([req.method, req.url, body, req.headers.upgrade, req.headers.connection, req.headers['x-a']]),
        ),
      )
  })

/** Sends bytes and returns all that comes back. */
const exchange = async (port: number, ...parts: readonly string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  for (const part of parts) {
    socket.write(part, 'latin1')
    await new Promise((resolve) => setImmediate(resolve))
  }
  return await readAll(socket)
}

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))

describe('a request on a shared HTTP server with an upgrade to another protocol', () => {
  it.each([['/ws'], ['/other']])('is answered by the HTTP server, at %s', async (path) => {
    await using running = await startOnHttp(createEcho(), {}, '/ws')
    const answer = await exchange(
      running.port,
      `GET ${path}?a=1 HTTP/1.1\r\nHost: x\r\n${h2c}X-A: \xe9\r\n\r\n`,
      `GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
    expect(answer).toContain(JSON.stringify(['GET', `${path}?a=1`, '', 'h2c', 'HTTP2-Settings', '\xe9']))
    await expect(connectClient(running, '/ws')).resolves.toBeDefined()
    expect(running.codes()).toEqual([])
  })

  it('keeps its body, also in pieces', async () => {
    await using running = await startOnHttp(createEcho(), {}, '/ws')
    const answer = await exchange(
      running.port,
      `POST /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\nContent-Length: 10\r\n\r\n01234`,
      '56789',
    )
    expect(bodyOf(answer)).toEqual(['POST', '/rpc', '0123456789', 'h2c', 'close', null])
  })

  it('reaches handleHttp', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}'
    const http = createServer((req: IncomingMessage, res: ServerResponse) => void running.server.handleHttp(req, res))
    await using running = await startOnHttp(http, {}, '/ws')
    running.server.methods({ add: ([a, b]: [number, number]) => a + b })
    const answer = await exchange(
      running.port,
      `POST /rpc HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(bodyOf(answer)).toEqual({ jsonrpc: '2.0', id: 1, result: 3 })
  })

  it('is answered once with several socket servers on the HTTP server', async () => {
    let requests = 0
    const http = createServer((_req, res) => {
      requests++
      res.end('hello')
    })
    await using running = await startOnHttp(http, {}, '/a')
    const second = createSocketServer({ server: http, path: '/b' })
    const answer = await exchange(
      running.port,
      `GET /b HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(requests).toBe(1)
    await second.close()
  })

  it('is declined before the event on a server that asks, unless a foreign listener may want it', async () => {
    const http = createServer() as ReturnType<typeof createServer> & {
      shouldUpgradeCallback: (req: { headers: object }) => boolean
    }
    // What Node 24.9 and later do.
    http.shouldUpgradeCallback = () => http.listenerCount('upgrade') > 0
    const servers = ['/a', '/b'].map((path) => createSocketServer({ server: http, path }))
    const asks = (upgrade: string): boolean => http.shouldUpgradeCallback({ headers: { upgrade } })
    expect([asks('h2c'), asks('WebSocket'), asks('h2c, websocket')]).toEqual([false, true, true])
    const foreign = (): void => {}
    http.on('upgrade', foreign)
    expect(asks('h2c')).toBe(true)
    for (const server of servers) await server.close()
    expect(asks('h2c')).toBe(true)
    http.off('upgrade', foreign)
    expect(asks('websocket')).toBe(false)
  })

  it('leaves nothing on its socket when a client sends many, and no connection is counted twice', async () => {
    const http = createEcho()
    let connections = 0
    const counts: number[] = []
    http.on('connection', () => connections++)
    http.on('request', ({ socket }) => {
      counts.push(socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0))
    })
    await using running = await startOnHttp(http, {}, '/ws')
    const requests = Array.from({ length: 200 }, () => `GET / HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`)
    const answer = await exchange(
      running.port,
      requests.join(''),
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(201)
    expect(connections).toBe(1)
    expect(counts.at(-2)).toBeLessThanOrEqual((counts[1] ?? 0) + 2)
  })

  it('ends without an error when the client resets the connection while an earlier request has no response', async () => {
    const http = createServer()
    const arrived = once(http, 'request') as Promise<[IncomingMessage, ServerResponse]>
    await using running = await startOnHttp(http, {}, '/ws')
    const socket = connect(running.port, '127.0.0.1')
    socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`)
    const [, response] = await arrived
    const ended = once(response, 'close')
    socket.resetAndDestroy()
    await ended
    http.on('request', (_req, res) => res.end('alive'))
    expect(await (await fetch(running.origin)).text()).toBe('alive')
  })

  it.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
  ])('is refused with 400 when it has %s, as without its wish', async (_, headers) => {
    await using running = await startOnHttp(createEcho(), {}, '/ws')
    const answer = await exchange(running.port, `POST / HTTP/1.1\r\nHost: x\r\n${h2c}${headers}\r\n0\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('is left to a foreign listener to upgrades', async () => {
    await using running = await startOnHttp()
    running.http.on('upgrade', (req, socket) => {
      if (req.headers.upgrade === 'h2c') socket.end('HTTP/1.1 101 Mine\r\n\r\n')
    })
    expect(await exchange(running.port, `GET / HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`)).toBe('HTTP/1.1 101 Mine\r\n\r\n')
  })

  it('is answered with 426 on a port of the library', async () => {
    await using running = await startServer()
    expect(await exchange(running.port, `GET / HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`)).toMatch(/^HTTP\/1\.1 426 /)
  })

  it('does not change upgrades to WebSocket', async () => {
    await using running = await startOnHttp(createEcho(), {}, '/ws')
    expect(await upgradeAt(running.port, '/other')).toBe('HTTP/1.1 404 Not Found')
  })

  it('leaves no listeners and no bytes behind when the client disconnects in its body', async () => {
    await using running = await startOnHttp(createEcho(), {}, '/ws')
    const closed = new Promise<void>((resolve) => running.http.once('request', (req) => req.once('close', resolve)))
    const socket = connect(running.port, '127.0.0.1')
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${h2c}Content-Length: 100\r\n\r\n0123`)
    await once(running.http, 'request')
    socket.destroy()
    await closed
    expect((await fetch(running.origin)).status).toBe(200)
  })
})
