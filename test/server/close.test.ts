import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { memoryBus, shareSocketServer, type Bus } from '../../src/server/index.js'
import { createQueue, meet, run, runOnHttp } from './support.js'

describe('a graceful close', () => {
  it('says 1012 to each client, removes them, and lets go of the port', async () => {
    const running = await run()
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const closed = createQueue<string>()
    running.server.on('close', () => closed.push('close'))
    const clients = [await meet(running), await meet(running), await meet(running)]
    await running.server.close()
    for (const { client } of clients) expect(await client.closed).toEqual({ code: 1012, reason: 'the server restarts' })
    expect(removed.all).toEqual([1012, 1012, 1012])
    expect(closed.all).toEqual(['close'])
    await expect(running.dial()).rejects.toThrow('ECONNREFUSED')
  })

  it('answers the calls that are running, and takes no more', async () => {
    const running = await run()
    const waiting = createQueue<() => void>()
    running.server.methods({
      slow: async () => await new Promise<string>((resolve) => waiting.push(() => resolve('done'))),
    })
    const { client } = await meet(running)
    const answer = client.request('slow')
    const finish = await waiting.next()
    const closing = running.server.close()
    expect((await client.request('slow')).error?.code).toBe(-32012)
    finish()
    expect((await answer).result).toBe('done')
    expect((await client.closed).code).toBe(1012)
    await closing
  })

  it('cuts off what is left at the end of its time', async () => {
    const running = await run({ closeTimeout: 60_000 })
    running.server.methods({ never: async () => await new Promise<void>(() => {}) })
    const stuck = await meet(running)
    stuck.client.send({ jsonrpc: '2.0', id: 1, method: 'never' })
    const deaf = await meet(running)
    deaf.client.ws.pause()
    await running.server.close({ within: 50 })
    expect(running.server.connections.size).toBe(0)
    deaf.client.ws.resume()
    await deaf.client.closed
    await stuck.client.closed
  })

  it('waits for the handlers of connections', async () => {
    const order: string[] = []
    const running = await run({
      handler: async (connection) => {
        for await (const message of connection.messages) void message
        await new Promise((resolve) => setImmediate(resolve))
        order.push('handler')
      },
    })
    await meet(running)
    await running.server.close()
    order.push('closed')
    expect(order).toEqual(['handler', 'closed'])
  })

  it('closes who is still being decided about', async () => {
    const running = await run({ authorize: async () => await new Promise<never>(() => {}) })
    const client = await running.dial()
    await running.server.close()
    expect((await client.closed).code).toBe(1012)
  })

  it('is spread over the time there is, so that not all come back at once', async () => {
    const running = await run({ maxConnectionsPerIp: 100 })
    const ended = createQueue<number>()
    for (let count = 0; count < 20; count++) {
      const { client } = await meet(running)
      void client.closed.then(() => ended.push(performance.now()))
    }
    await running.server.close({ within: 5_000 })
    while (ended.all.length < 20) await ended.next()
    // 20 clients, 10 ms apart.
    expect(ended.all.at(-1)! - ended.all[0]!).toBeGreaterThan(100)
  })

  it('can be asked for twice, and by await using', async () => {
    const running = await run()
    const { client } = await meet(running)
    const first = running.server.close()
    expect(running.server.close()).toBe(first)
    await first
    await client.closed
    const next = await run()
    {
      await using server = next.server
      expect(server.port).toBeGreaterThan(0)
    }
    expect(next.server.address()).toBeNull()
  })

  it('does not hang on a bus that does', async () => {
    const bus: Bus = { ...memoryBus(), close: async () => await new Promise<void>(() => {}) }
    const running = await run({ bus })
    await running.server.close({ within: 20 })
    expect(running.server.address()).toBeNull()
  })

  it('ends the loops over messages', async () => {
    const running = await run()
    const loop = running.server.messages[Symbol.asyncIterator]()
    const next = loop.next()
    await running.server.close()
    expect(await next).toMatchObject({ done: true })
    expect(await running.server.messages[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
  })

  it('leaves an HTTP server that was given running', async () => {
    await using running = await runOnHttp()
    await meet(running, '/ws')
    await running.server.close()
    expect(running.http.listening).toBe(true)
    expect(running.http.listenerCount('upgrade')).toBe(0)
    expect((await fetch(running.origin)).status).toBe(200)
  })
})

describe('S4 a shared instance', () => {
  it('is created, stored and returned by init, and got by get', async () => {
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
    expect(() => shared.get()).toThrow('not initialized')
    const again = shared.init(http)
    expect(again).not.toBe(server)
    await again.close()
    http.close()
  })

  it('two shares know nothing of each other', () => {
    const [one, two] = [shareSocketServer(), shareSocketServer()]
    one.init(createServer())
    expect(() => two.get()).toThrow('not initialized')
  })
})
