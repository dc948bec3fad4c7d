import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createSocketServer, memoryBus, type Bus, type BusStatus, type SocketServer } from '../../src/server/index.js'
import { connectClient, startOnHttp, startServer } from './support.js'

/** Answers probes of a server on a port of its own. */
const startProbes = async (server: SocketServer) => {
  const http: Server = createServer((req, res) =>
    req.url === '/livez' ? server.handleLiveness(req, res) : server.handleReadiness(req, res),
  ).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return {
    get: async (path: string, method = 'GET') => await fetch(`http://127.0.0.1:${port}${path}`, { method }),
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

describe('the health of a server', () => {
  it('goes from starting over ready and closing to closed', async () => {
    const server = createSocketServer({ port: 0, host: '127.0.0.1' })
    expect(server.health()).toEqual({
      status: 'starting',
      isLive: true,
      isReady: false,
      connections: 0,
      bus: undefined,
    })
    await server.ready
    expect(server.health()).toMatchObject({ status: 'ready', isLive: true, isReady: true })
    const closed = server.close()
    expect(server.health()).toMatchObject({ status: 'closing', isLive: true, isReady: false })
    await closed
    expect(server.health()).toMatchObject({ status: 'closed', isLive: false, isReady: false })
  })

  it('is failed when the port is taken', async () => {
    await using running = await startServer()
    const second = createSocketServer({ port: running.port, host: '127.0.0.1', onError: () => {} })
    await expect(second.ready).rejects.toThrow('EADDRINUSE')
    expect(second.health()).toMatchObject({ status: 'failed', isLive: false, isReady: false })
    await second.close()
  })

  it('stays closing when the server listens after the call of close', async () => {
    const http = createServer()
    const server = createSocketServer({ server: http })
    const closed = server.close()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    await server.ready
    expect(server.health().isReady).toBe(false)
    await closed
    http.close()
  })

  it('counts the connections of this node and shows the status of the bus', async () => {
    const listeners: ((status: BusStatus) => void)[] = []
    const bus: Bus = {
      ...memoryBus(),
      onStatus: (listener) => {
        listeners.push(listener)
        return () => {}
      },
    }
    await using running = await startServer({ bus })
    await connectClient(running)
    expect(running.server.health()).toMatchObject({ connections: 1, bus: { isConnected: true } })
    for (const listener of listeners) listener({ isConnected: false, error: 'away' })
    expect(running.server.health()).toMatchObject({ isReady: true, bus: { isConnected: false, error: 'away' } })
  })
})

describe('the handlers of probes', () => {
  it('answer 200 while the server is ready, with nothing but the status', async () => {
    await using running = await startServer()
    await using probes = await startProbes(running.server)
    for (const path of ['/livez', '/readyz']) {
      const res = await probes.get(path)
      expect([res.status, await res.text()]).toEqual([200, '{"status":"ready"}'])
      expect(res.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('answer 503 for readiness and 200 for liveness while the server closes, and 503 for both after that', async () => {
    await using running = await startServer()
    await using probes = await startProbes(running.server)
    const { connection } = await connectClient(running)
    // A client that does not complete its close holds the server in this state.
    const closed = running.server.close({ within: 60_000 })
    const statuses = async () => [(await probes.get('/livez')).status, (await probes.get('/readyz')).status]
    expect(await statuses()).toEqual([200, 503])
    connection.terminate()
    await closed
    expect(await statuses()).toEqual([503, 503])
  })

  it('answer HEAD without a body and refuse other methods', async () => {
    await using running = await startServer()
    await using probes = await startProbes(running.server)
    const head = await probes.get('/readyz', 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
    const post = await probes.get('/readyz', 'POST')
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('close({ unreadyFor })', () => {
  it('turns readiness off at once and accepts connections until the time is over', async () => {
    const http = createServer()
    await using running = await startOnHttp(http)
    const { server } = running
    const closed = server.close({ unreadyFor: 500, within: 0 })
    expect(server.health()).toMatchObject({ status: 'closing', isReady: false })
    expect(http.listenerCount('upgrade')).toBe(1)
    const { client } = await connectClient(running)
    expect((await client.request('none')).error?.code).toBe(-32601)
    await closed
    expect(http.listenerCount('upgrade')).toBe(0)
    expect(server.health().status).toBe('closed')
  })

  it('stops accepting at once without it, after readiness was turned off', async () => {
    await using running = await startServer()
    const { server, port } = running
    const closed = server.close({ within: 0 })
    expect(server.health().isReady).toBe(false)
    expect(server.address()).toBeNull()
    await closed
    const socket = connect(port, '127.0.0.1')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('ECONNREFUSED')
  })
})
