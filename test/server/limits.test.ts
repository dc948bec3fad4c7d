import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { createSocketServer, type CallContext } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

/** A client that never reads: what is sent to it piles up. */
const stalled = async (running: Awaited<ReturnType<typeof startServer>>) => {
  const both = await connectClient(running)
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

describe('limits', () => {
  it('maxPayload: closes with 1009 for a larger message', async () => {
    await using running = await startServer({ maxPayload: 100 })
    const { client, connection } = await connectClient(running)
    client.send('x'.repeat(98))
    client.send('x'.repeat(99))
    expect((await client.closed).code).toBe(1009)
    expect(await running.problems.next()).toMatchObject({ code: 'peer_error', connection })
  })

  it('maxPayload: is 1 MiB by default', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const received = createQueue<string>()
    connection.messages.forEach((message) => received.push(message as string))
    client.send('x'.repeat(1024 * 1024 - 2))
    expect(await received.next()).toHaveLength(1024 * 1024 - 2)
    client.send('x'.repeat(1024 * 1024 - 1))
    expect((await client.closed).code).toBe(1009)
  })

  it('rate: reads messages above it more slowly, in order, and reports that once', async () => {
    await using running = await startServer({ rate: { perSecond: 500, burst: 3 } })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    for (let count = 0; count < 30; count++) client.send(count)
    for (let count = 0; count < 30; count++) expect(await received.next()).toBe(count)
    expect(running.codes()).toEqual(['rate_limited'])
    expect(client.received.all).toEqual([])
  })

  it('rate: processes no message before its time', async () => {
    await using running = await startServer({ rate: { perSecond: 0.001, burst: 3 } })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    for (let count = 0; count < 5; count++) client.send(count)
    await running.problems.next()
    expect(received.all).toEqual([0, 1, 2])
    expect(connection.isOpen).toBe(true)
  })

  it('rate: closes with 4429 after "patience", and processes nothing that waits', async () => {
    await using running = await startServer({ rate: { perSecond: 0.001, burst: 3, patience: 20 } })
    const { client, connection } = await connectClient(running)
    const received: unknown[] = []
    connection.messages.forEach((message) => received.push(message))
    for (const message of [1, 2, 3, 4, 5]) client.send(message)
    expect(await client.closed).toEqual({ code: 4429, reason: 'More than 0.001 messages a second' })
    expect(received).toEqual([1, 2, 3])
    expect(running.codes()).toEqual(['rate_limited'])
  })

  it('rate: counts heartbeats and each call of a batch', async () => {
    await using running = await startServer({ rate: { perSecond: 0.001, burst: 5, patience: 20 } })
    running.server.methods({ echo: (params: unknown) => params })
    const { client } = await connectClient(running)
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    client.send(Array.from({ length: 4 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'echo' })))
    expect(await client.next()).toHaveLength(4)
    client.ws.send('ping')
    expect((await client.closed).code).toBe(4429)
    expect(client.received.all).toHaveLength(2)
  })

  it('rate: counts bytes, after a message that is larger than the burst too', async () => {
    await using running = await startServer({ rate: { bytesPerSecond: 0.001, bytesBurst: 1_000, patience: 20 } })
    const { client, connection } = await connectClient(running)
    const received: unknown[] = []
    connection.messages.forEach((message) => received.push(message))
    for (const message of ['a', 'x'.repeat(5_000), 'b']) client.send(message)
    expect((await client.closed).code).toBe(4429)
    expect(received).toEqual(['a', 'x'.repeat(5_000)])
  })

  it('keeps all messages of a client that is being admitted: the socket is not read any further', async () => {
    let admit = () => {}
    await using running = await startServer({
      authorize: async () => await new Promise<object>((resolve) => (admit = () => resolve({}))),
      rate: false,
    })
    const received = createQueue<unknown>()
    running.server.messages.forEach(received.push)
    const client = await running.connect()
    for (let count = 0; count < 1_000; count++) client.send(count)
    for (let count = 0; count < 30; count++) client.send('x'.repeat(500 * 1024))
    admit()
    for (let count = 0; count < 1_000; count++) expect(await received.next()).toBe(count)
    for (let count = 0; count < 30; count++) expect(await received.next()).toHaveLength(500 * 1024)
  })

  it("slowConsumer 'close': closes a client that does not read with 1013", async () => {
    await using running = await startServer({ maxBufferedBytes: 1024 * 1024, closeTimeout: 20 })
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const { connection } = await stalled(running)
    expect(fill(connection.send)).toBeLessThan(1000)
    expect(connection.send('more')).toBe(false)
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'slow_consumer', connection })])
    // It cannot read the close frame either, so it is cut off.
    expect(await removed.next()).toBe(1006)
  })

  it("slowConsumer 'drop': drops, counts and reports what does not fit, and sends again when the client has caught up", async () => {
    await using running = await startServer({ maxBufferedBytes: 1024 * 1024, slowConsumer: 'drop' })
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

  it('handshakeTimeout: closes with 4408 and aborts the signal of authorize', async () => {
    const signals = createQueue<AbortSignal>()
    await using running = await startServer({
      handshakeTimeout: 20,
      authorize: async (_req, { signal }) => {
        signals.push(signal)
        return await new Promise<never>(() => {})
      },
    })
    const client = await running.connect()
    expect((await client.closed).code).toBe(4408)
    expect((await signals.next()).aborted).toBe(true)
  })

  it('pingInterval: terminates a client that does not answer a ping, and no other', async () => {
    // Long enough for a busy machine to answer.
    await using running = await startServer({ pingInterval: 500 })
    const removed = createQueue<unknown>()
    running.server.on('remove', (connection, end) => removed.push([connection, end.code]))
    const silent = await connectClient(running, '/', { autoPong: false })
    const lively = await connectClient(running)
    expect(await removed.next()).toEqual([silent.connection, 1006])
    for (let count = 0; count < 3; count++) await once(lively.client.ws, 'ping')
    expect(lively.connection.isOpen).toBe(true)
    expect(removed.all).toHaveLength(1)
  })

  it('idleTimeout: closes with 1000 without messages in either direction', async () => {
    await using running = await startServer({ idleTimeout: 20 })
    const { client } = await connectClient(running)
    expect(await client.closed).toEqual({ code: 1000, reason: 'idle' })
  })

  it('maxConnectionsPerIp: closes a further client with 4429 until another has disconnected', async () => {
    await using running = await startServer({ maxConnectionsPerIp: 2 })
    const one = await connectClient(running)
    await connectClient(running)
    const third = await running.connect()
    expect(await third.closed).toEqual({ code: 4429, reason: 'too many connections from one address' })
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    one.client.ws.terminate()
    await removed
    await expect(connectClient(running)).resolves.toBeDefined()
  })

  it('maxConnectionsPerIp: uses the address that the last proxy reports, not the one that the client sends', async () => {
    await using running = await startServer({ maxConnectionsPerIp: 1, trustProxy: 1 })
    const from = (address: string) => ({ headers: { 'x-forwarded-for': `9.9.9.9, ${address}` } })
    expect((await connectClient(running, '/', from('1.1.1.1'))).connection.ip).toBe('1.1.1.1')
    expect((await connectClient(running, '/', from('2.2.2.2'))).connection.ip).toBe('2.2.2.2')
    expect((await (await running.connect('/', from('1.1.1.1'))).closed).code).toBe(4429)
  })

  it('maxConnectionsPerIp: ignores X-Forwarded-For without trustProxy', async () => {
    await using running = await startServer()
    expect((await connectClient(running, '/', { headers: { 'x-forwarded-for': '1.1.1.1' } })).connection.ip).toBe(
      '127.0.0.1',
    )
  })

  it('maxPending: replies to further requests with an error', async () => {
    await using running = await startServer({ maxPending: 2 })
    const waiting = createQueue<() => void>()
    running.server.methods({
      wait: async () => await new Promise<void>((resolve) => waiting.push(resolve)),
    })
    const { client } = await connectClient(running)
    const first = client.request('wait')
    const second = client.request('wait')
    expect((await client.request('wait')).error?.code).toBe(-32030)
    for (let count = 0; count < 2; count++) (await waiting.next())()
    expect((await first).result).toBeNull()
    expect((await second).result).toBeNull()
  })

  it('maxPending: rejects further requests to a client', async () => {
    await using running = await startServer({ maxPending: 1 })
    const { connection } = await connectClient(running)
    const first = connection.request('a', undefined, { timeout: 5 })
    await expect(connection.request('b')).rejects.toMatchObject({ code: 'too_many_pending' })
    await expect(first).rejects.toMatchObject({ code: 'request_timeout' })
  })

  it('maxSubscriptions: refuses further subscriptions', async () => {
    await using running = await startServer({ maxSubscriptions: 2 })
    const { client, connection } = await connectClient(running)
    await client.request('subscribe', ['a'])
    connection.subscribe('b')
    expect((await client.request('subscribe', ['c'])).error?.code).toBe(-32030)
    expect(connection.subscribe('c')).toBeUndefined()
    await client.request('unsubscribe', ['a#1'])
    expect((await client.request('subscribe', ['c'])).result).toBe('c#1')
  })

  it('maxBatch: refuses a larger batch as a whole', async () => {
    await using running = await startServer({ maxBatch: 2 })
    const { client } = await connectClient(running)
    client.send([1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, method: 'x' })))
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('a loop over messages that reads too slowly throws reader_too_slow', async () => {
    await using running = await startServer({ rate: false })
    const { client, connection } = await connectClient(running)
    const loop = connection.messages[Symbol.asyncIterator]()
    let count = 0
    const all = new Promise<void>((resolve) => connection.messages.forEach(() => void (++count === 1001 && resolve())))
    for (let number = 0; number < 1001; number++) client.send(number)
    await all
    for (let number = 0; number < 1000; number++) expect((await loop.next()).value).toBe(number)
    await expect(loop.next()).rejects.toMatchObject({ code: 'reader_too_slow' })
    expect(await loop.next()).toMatchObject({ done: true })
  })

  it('a malformed option throws invalid_option with its name', () => {
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

describe('a client that only opens a TCP connection', () => {
  it('or sends no HTTP, does not affect the server', async () => {
    await using running = await startServer()
    const socket = connect(running.port, '127.0.0.1')
    socket.write('\0\0\0\0\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    await expect(connectClient(running)).resolves.toBeDefined()
  })
})

it('many calls that read their signal leave no memory behind', async () => {
  await using running = await startServer({ rate: false })
  running.server.methods({ look: (_params: unknown, { signal }: CallContext) => signal.aborted })
  const { client } = await connectClient(running)
  for (let count = 0; count < 300; count++) expect((await client.request('look')).result).toBe(false)
  expect(client.ws.readyState).toBe(WebSocket.OPEN)
})
