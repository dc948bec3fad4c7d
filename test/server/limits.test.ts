import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { createSocketServer, type CallContext } from '../../src/server/index.js'
import { createQueue, meet, run } from './support.js'

/** A client that never reads: what is sent to it piles up. */
const stalled = async (running: Awaited<ReturnType<typeof run>>) => {
  const both = await meet(running)
  both.client.ws.pause()
  return both
}

/** Sends until it is refused: the kernel takes the first megabytes. */
const fill = (send: (value: string) => boolean): number => {
  const chunk = 'x'.repeat(256 * 1024)
  let count = 0
  while (send(chunk) && count < 1000) count++
  return count
}

describe('each limit', () => {
  it('maxPayload: a larger message closes with 1009', async () => {
    await using running = await run({ maxPayload: 100 })
    const { client, connection } = await meet(running)
    client.send('x'.repeat(98))
    client.send('x'.repeat(99))
    expect((await client.closed).code).toBe(1009)
    expect(await running.problems.next()).toMatchObject({ code: 'peer_error', connection })
  })

  it('maxPayload: 1 MiB unless said otherwise', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const heard = createQueue<string>()
    connection.messages.forEach((message) => heard.push(message as string))
    client.send('x'.repeat(1024 * 1024 - 2))
    expect(await heard.next()).toHaveLength(1024 * 1024 - 2)
    client.send('x'.repeat(1024 * 1024 - 1))
    expect((await client.closed).code).toBe(1009)
  })

  it('rate: what is over it is refused, told once, and answered where it asked; too much of it closes with 4429', async () => {
    await using running = await run({ rate: { perSecond: 0.001, burst: 3, tolerance: 3 } })
    const { client, connection } = await meet(running)
    const heard: unknown[] = []
    connection.messages.forEach((message) => heard.push(message))
    for (const message of [1, 2, 3, 4]) client.send(message)
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32029 } })
    expect((await client.request('x')).error?.code).toBe(-32029)
    client.send(6)
    client.send(7)
    expect(await client.closed).toMatchObject({ code: 4429 })
    expect(heard).toEqual([1, 2, 3])
    expect(running.codes()).toEqual(['rate_limited'])
  })

  it('rate: a heartbeat counts, and a batch is as many messages as it holds', async () => {
    await using running = await run({ rate: { perSecond: 0.001, burst: 5 } })
    running.server.methods({ echo: (params: unknown) => params })
    const { client } = await meet(running)
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    client.send(Array.from({ length: 5 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'echo' })))
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32029 } })
  })

  it('rate: 200 at once unless said otherwise', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    let heard = 0
    connection.messages.forEach(() => void heard++)
    for (let count = 0; count < 400; count++) client.send(count)
    expect((await client.closed).code).toBe(4429)
    expect(heard).toBeGreaterThanOrEqual(200)
    expect(heard).toBeLessThan(300)
  })

  it("slowConsumer 'close': a client that does not read is closed with 1013", async () => {
    await using running = await run({ maxBufferedBytes: 1024 * 1024, closeTimeout: 20 })
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const { connection } = await stalled(running)
    expect(fill(connection.send)).toBeLessThan(1000)
    expect(connection.send('more')).toBe(false)
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'slow_consumer', connection })])
    // It cannot read the close frame either, so it is cut off.
    expect(await removed.next()).toBe(1006)
  })

  it("slowConsumer 'drop': what does not fit is dropped, counted and told; it goes on when it has caught up", async () => {
    await using running = await run({ maxBufferedBytes: 1024 * 1024, slowConsumer: 'drop' })
    const { client, connection } = await stalled(running)
    const sent = fill(connection.send)
    for (let count = 0; count < 5; count++) connection.send('more')
    expect(connection.dropped).toBe(6)
    expect(running.codes()).toEqual(['slow_consumer'])
    expect(connection.bufferedAmount).toBeGreaterThan(1024 * 1024)
    client.ws.resume()
    for (let count = 0; count < sent; count++) await client.next()
    expect(connection.send('again')).toBe(true)
    expect(await client.next()).toBe('again')
  })

  it('handshakeTimeout: who is not decided about in time is closed with 4408, and the app told to stop', async () => {
    const signals = createQueue<AbortSignal>()
    await using running = await run({
      handshakeTimeout: 20,
      authorize: async (_req, { signal }) => {
        signals.push(signal)
        return await new Promise<never>(() => {})
      },
    })
    const client = await running.dial()
    expect((await client.closed).code).toBe(4408)
    expect((await signals.next()).aborted).toBe(true)
  })

  it('before a client is let in, no more than 256 messages wait', async () => {
    await using running = await run({ authorize: async () => await new Promise<never>(() => {}) })
    const client = await running.dial()
    for (let count = 0; count < 257; count++) client.send(count)
    expect((await client.closed).code).toBe(4429)
  })

  it('before a client is let in, no more than a megabyte waits', async () => {
    await using running = await run({ authorize: async () => await new Promise<never>(() => {}) })
    const client = await running.dial()
    for (let count = 0; count < 3; count++) client.send('x'.repeat(500 * 1024))
    expect((await client.closed).code).toBe(4429)
  })

  it('a ping that is not answered cuts off; one that is does not', async () => {
    // Long enough for a busy machine to answer.
    await using running = await run({ pingInterval: 500 })
    const removed = createQueue<unknown>()
    running.server.on('remove', (connection, end) => removed.push([connection, end.code]))
    const silent = await meet(running, '/', { autoPong: false })
    const lively = await meet(running)
    expect(await removed.next()).toEqual([silent.connection, 1006])
    for (let count = 0; count < 3; count++) await once(lively.client.ws, 'ping')
    expect(lively.connection.isOpen).toBe(true)
    expect(removed.all).toHaveLength(1)
  })

  it('idleTimeout: no message either way closes with 1000', async () => {
    await using running = await run({ idleTimeout: 20 })
    const { client } = await meet(running)
    expect(await client.closed).toEqual({ code: 1000, reason: 'idle' })
  })

  it('maxConnectionsPerIp: one more is closed with 4429, and may come when another has gone', async () => {
    await using running = await run({ maxConnectionsPerIp: 2 })
    const one = await meet(running)
    await meet(running)
    const third = await running.dial()
    expect(await third.closed).toEqual({ code: 4429, reason: 'too many connections from one address' })
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    one.client.ws.terminate()
    await removed
    await expect(meet(running)).resolves.toBeDefined()
  })

  it('maxConnectionsPerIp: behind a proxy the address is what the last proxy saw, not what the client says', async () => {
    await using running = await run({ maxConnectionsPerIp: 1, trustProxy: 1 })
    const from = (address: string) => ({ headers: { 'x-forwarded-for': `9.9.9.9, ${address}` } })
    expect((await meet(running, '/', from('1.1.1.1'))).connection.ip).toBe('1.1.1.1')
    expect((await meet(running, '/', from('2.2.2.2'))).connection.ip).toBe('2.2.2.2')
    expect((await (await running.dial('/', from('1.1.1.1'))).closed).code).toBe(4429)
  })

  it('maxConnectionsPerIp: without trustProxy nobody is believed', async () => {
    await using running = await run()
    expect((await meet(running, '/', { headers: { 'x-forwarded-for': '1.1.1.1' } })).connection.ip).toBe('127.0.0.1')
  })

  it('maxPending: more requests at once are refused, each with an answer', async () => {
    await using running = await run({ maxPending: 2 })
    const waiting = createQueue<() => void>()
    running.server.methods({
      wait: async () => await new Promise<void>((resolve) => waiting.push(resolve)),
    })
    const { client } = await meet(running)
    const first = client.request('wait')
    const second = client.request('wait')
    expect((await client.request('wait')).error?.code).toBe(-32030)
    for (let count = 0; count < 2; count++) (await waiting.next())()
    expect((await first).result).toBeNull()
    expect((await second).result).toBeNull()
  })

  it('maxPending: so are more requests to a client', async () => {
    await using running = await run({ maxPending: 1 })
    const { connection } = await meet(running)
    const first = connection.request('a', undefined, { timeout: 5 })
    await expect(connection.request('b')).rejects.toMatchObject({ code: 'too_many_pending' })
    await expect(first).rejects.toMatchObject({ code: 'request_timeout' })
  })

  it('maxSubscriptions: more are refused', async () => {
    await using running = await run({ maxSubscriptions: 2 })
    const { client, connection } = await meet(running)
    await client.request('subscribe', ['a'])
    connection.subscribe('b')
    expect((await client.request('subscribe', ['c'])).error?.code).toBe(-32030)
    expect(connection.subscribe('c')).toBeUndefined()
    await client.request('unsubscribe', ['a#1'])
    expect((await client.request('subscribe', ['c'])).result).toBe('c#1')
  })

  it('maxBatch: a larger batch is refused whole', async () => {
    await using running = await run({ maxBatch: 2 })
    const { client } = await meet(running)
    client.send([1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, method: 'x' })))
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('a loop that reads too slowly ends with an error', async () => {
    await using running = await run({ rate: false })
    const { client, connection } = await meet(running)
    const loop = connection.messages[Symbol.asyncIterator]()
    let count = 0
    const all = new Promise<void>((resolve) => connection.messages.forEach(() => void (++count === 1001 && resolve())))
    for (let number = 0; number < 1001; number++) client.send(number)
    await all
    for (let number = 0; number < 1000; number++) expect((await loop.next()).value).toBe(number)
    await expect(loop.next()).rejects.toMatchObject({ code: 'reader_too_slow' })
    expect(await loop.next()).toMatchObject({ done: true })
  })

  it('a malformed option is refused, with its name', () => {
    const bad: [string, unknown][] = [
      ['codec', {}],
      ['codec', []],
      ['schema', { receive: 1 }],
      ['params', {}],
      ['authorize', true],
      ['origin', 'https://a.example'],
      ['origin', ['a.example']],
      ['maxPayload', '1mb'],
      ['rate', 100],
      ['slowConsumer', 'wait'],
      ['pingInterval', -1],
      ['invalid', 'throw'],
      ['bus', {}],
      ['channels', { a: 1 }],
      ['handler', 1],
    ]
    for (const [name, value] of bad) {
      expect(() => createSocketServer({ noServer: true }, { [name]: value })).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(`"${name}"`) }),
      )
    }
  })
})

describe('a peer that only opened a TCP connection', () => {
  it('or speaks no HTTP, breaks nothing', async () => {
    await using running = await run()
    const socket = connect(running.port, '127.0.0.1')
    socket.write('\0\0\0\0\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    await expect(meet(running)).resolves.toBeDefined()
  })
})

it('many calls that look at their signal leave nothing behind', async () => {
  await using running = await run({ rate: false })
  running.server.methods({ look: (_params: unknown, { signal }: CallContext) => signal.aborted })
  const { client } = await meet(running)
  for (let count = 0; count < 300; count++) expect((await client.request('look')).result).toBe(false)
  expect(client.ws.readyState).toBe(WebSocket.OPEN)
})
