import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it, jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { memoryBus, shareSocketServer, type Bus } from '../../src/server/index.js'
import { createQueue, connectClient, startServer, startOnHttp } from './support.js'

describe('a graceful close', () => {
  it('closes each client with 1012, emits remove and releases the port', async () => {
    const running = await startServer()
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const closed = createQueue<string>()
    running.server.on('close', () => closed.push('close'))
    const clients = [await connectClient(running), await connectClient(running), await connectClient(running)]
    await running.server.close()
    for (const { client } of clients) expect(await client.closed).toEqual({ code: 1012, reason: 'the server restarts' })
    expect(removed.all).toEqual([1012, 1012, 1012])
    expect(closed.all).toEqual(['close'])
    await expect(running.connect()).rejects.toThrow('ECONNREFUSED')
  })

  it('replies to the running calls and refuses further ones', async () => {
    const running = await startServer()
    const waiting = createQueue<() => void>()
    running.server.methods({
      slow: async () => await new Promise<string>((resolve) => waiting.push(() => resolve('done'))),
    })
    const { client } = await connectClient(running)
    const answer = client.request('slow')
    const finish = await waiting.next()
    const closing = running.server.close()
    expect((await client.request('slow')).error?.code).toBe(-32012)
    finish()
    expect((await answer).result).toBe('done')
    expect((await client.closed).code).toBe(1012)
    await closing
  })

  it('terminates the clients that are left when the time is over', async () => {
    const running = await startServer({ closeTimeout: 60_000 })
    running.server.methods({ never: async () => await new Promise<void>(() => {}) })
    const stuck = await connectClient(running)
    stuck.client.send({ jsonrpc: '2.0', id: 1, method: 'never' })
    const paused = await connectClient(running)
    paused.client.ws.pause()
    await running.server.close({ within: 50 })
    expect(running.server.connections.size).toBe(0)
    paused.client.ws.resume()
    await paused.client.closed
    await stuck.client.closed
  })

  it('waits for the handlers of connections', async () => {
    const order: string[] = []
    const running = await startServer({
      handler: async (connection) => {
        for await (const message of connection.messages) void message
        await new Promise((resolve) => setImmediate(resolve))
        order.push('handler')
      },
    })
    await connectClient(running)
    await running.server.close()
    order.push('closed')
    expect(order).toEqual(['handler', 'closed'])
  })

  it('closes a client that is still being admitted', async () => {
    const running = await startServer({ authorize: async () => await new Promise<never>(() => {}) })
    const client = await running.connect()
    await running.server.close()
    expect((await client.closed).code).toBe(1012)
  })

  it('closes one client every 10 ms, so that clients do not reconnect at once', async () => {
    await using running = await startServer({ maxConnectionsPerIp: 100 })
    const sockets: WebSocket[] = []
    for (let count = 0; count < 20; count++) sockets.push((await connectClient(running)).connection.ws)
    const closing = () => sockets.filter(({ readyState }) => readyState !== WebSocket.OPEN).length

    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] })
    const advance = async (ms: number) => {
      await jest.advanceTimersByTimeAsync(ms)
      await new Promise((resolve) => setImmediate(resolve))
    }
    try {
      void running.server.close({ within: 5_000 })
      const counts: number[] = []
      while (closing() < 20 && counts.length < 30) {
        await advance(counts.length ? 10 : 0)
        counts.push(closing())
      }
      expect(closing()).toBe(20)
      expect(counts.filter((count, step) => count > step + 1)).toEqual([])
    } finally {
      // What is left of the time ends at once.
      await advance(10_000)
      jest.useRealTimers()
    }
  })

  it('returns the same promise twice, and runs at the end of await using', async () => {
    const running = await startServer()
    const { client } = await connectClient(running)
    const first = running.server.close()
    expect(running.server.close()).toBe(first)
    await first
    await client.closed
    const next = await startServer()
    {
      await using server = next.server
      expect(server.port).toBeGreaterThan(0)
    }
    expect(next.server.address()).toBeNull()
  })

  it('does not wait for a bus that never closes', async () => {
    const bus: Bus = { ...memoryBus(), close: async () => await new Promise<void>(() => {}) }
    const running = await startServer({ bus })
    await running.server.close({ within: 20 })
    expect(running.server.address()).toBeNull()
  })

  it('ends the loops over messages', async () => {
    const running = await startServer()
    const loop = running.server.messages[Symbol.asyncIterator]()
    const next = loop.next()
    await running.server.close()
    expect(await next).toMatchObject({ done: true })
    expect(await running.server.messages[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
  })

  it('keeps a given HTTP server running', async () => {
    await using running = await startOnHttp()
    await connectClient(running, '/ws')
    await running.server.close()
    expect(running.http.listening).toBe(true)
    expect(running.http.listenerCount('upgrade')).toBe(0)
    expect((await fetch(running.origin)).status).toBe(200)
  })
})

describe('shareSocketServer', () => {
  it('creates and returns the server with init, and returns it with get', async () => {
    const shared = shareSocketServer()
    expect(() => shared.get()).toThrow(
      expect.objectContaining({
        code: 'not_initialized',
        message: 'Socket server not initialized: call init(httpServer) first',
      }),
    )
    const http = createServer()
    const server = shared.init(http, { path: '/live' })
    expect(shared.get()).toBe(server)
    expect(shared.init(http)).toBe(server)
    expect(() => shared.init(createServer())).toThrow(expect.objectContaining({ code: 'already_initialized' }))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    await server.close()
    const again = shared.init(http)
    expect(again).not.toBe(server)
    expect(shared.get()).toBe(again)
    await again.close()
    http.close()
  })

  it('gives two holders that are independent', () => {
    const [one, two] = [shareSocketServer(), shareSocketServer()]
    one.init(createServer())
    expect(() => two.get()).toThrow('not initialized')
  })
})
