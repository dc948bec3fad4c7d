import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { CallContext, SocketServerSettings } from '../../src/server/index.js'
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

  /** Calls of the method `wait` run until their `finish`. */
  const startWithWait = async (options: SocketServerSettings) => {
    const running = await startServer(options)
    const started = createQueue<{ params: unknown; finish: () => void }>()
    running.server.methods({
      wait: async (params: unknown) =>
        await new Promise<unknown>((resolve) => started.push({ params, finish: () => resolve(params) })),
    })
    return { running, started }
  }

  it('maxPending: runs further requests in their turn, and refuses those above maxWaiting', async () => {
    const { running, started } = await startWithWait({ maxPending: 2, maxWaiting: 1 })
    const { client } = await connectClient(running)
    const answers = [1, 2, 3].map(async (params) => await client.request('wait', params))
    expect((await client.request('wait', 4)).error).toEqual({ code: -32030, message: 'More than 3 requests at once' })
    expect(started.all).toHaveLength(2)
    for (let count = 0; count < 3; count++) (await started.next()).finish()
    expect((await Promise.all(answers)).map(({ result }) => result)).toEqual([1, 2, 3])
    await running[Symbol.asyncDispose]()
  })

  it('maxPending: a request that waits can be cancelled, and does not run when its client has left', async () => {
    const { running, started } = await startWithWait({ maxPending: 1 })
    const { client } = await connectClient(running)
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    client.send({ jsonrpc: '2.0', id: 1, method: 'wait', params: 1 })
    client.send({ jsonrpc: '2.0', id: 2, method: 'wait', params: 2 })
    client.send({ jsonrpc: '2.0', id: 3, method: 'wait', params: 3 })
    client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 2 } })
    expect(await client.next()).toMatchObject({ id: 2, error: { code: -32800 } })
    client.ws.close()
    await removed
    const { params, finish } = await started.next()
    expect(params).toBe(1)
    finish()
    await new Promise((resolve) => setImmediate(resolve))
    expect(started.all).toHaveLength(1)
    expect(running.codes()).toEqual([])
    await running[Symbol.asyncDispose]()
  })

  it('maxPending: a full client queue of requests is served', async () => {
    await using running = await startServer()
    running.server.methods({
      slow: async (params: unknown) => await new Promise((resolve) => void setImmediate(resolve, params)),
    })
    const { client } = await connectClient(running)
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async (_, number) => await client.request('slow', number)),
    )
    expect(answers.map(({ result }) => result)).toEqual(answers.map((_, number) => number))
  })

  it('maxPendingBytes: refuses requests whose params take more memory, except a single one', async () => {
    const { running, started } = await startWithWait({ maxPendingBytes: 10_000 })
    const { client } = await connectClient(running)
    const first = client.request('wait', 'x'.repeat(20_000))
    const { finish } = await started.next()
    expect((await client.request('wait', 'x')).error?.code).toBe(-32030)
    finish()
    await first
    // Small on the wire, large in memory.
    void client.request(
      'wait',
      Array.from({ length: 200 }, () => []),
    )
    await started.next()
    expect(
      (
        await client.request(
          'wait',
          Array.from({ length: 200 }, () => []),
        )
      ).error?.code,
    ).toBe(-32030)
    await running[Symbol.asyncDispose]()
  })

  it('maxSubscriptionBytes: refuses further subscriptions until another is ended', async () => {
    await using running = await startServer({ maxSubscriptionBytes: 3_000 })
    const { client } = await connectClient(running)
    const params = 'x'.repeat(1_000)
    expect((await client.request('subscribe', ['a', params])).result).toBe('a#1')
    expect((await client.request('subscribe', ['b', params])).error?.code).toBe(-32030)
    await client.request('unsubscribe', ['a#1'])
    expect((await client.request('subscribe', ['b', params])).result).toBe('b#2')
  })

  it('maxKeptBytes: counts requests and subscriptions of all clients', async () => {
    const { running, started } = await startWithWait({ maxKeptBytes: 10_000 })
    const params = 'x'.repeat(2_000)
    const one = await connectClient(running)
    const other = await connectClient(running)
    expect((await other.client.request('subscribe', ['a', params])).result).toBe('a#1')
    void one.client.request('wait', params)
    const { finish } = await started.next()
    expect((await one.client.request('wait', params)).error?.code).toBe(-32030)
    expect((await one.client.request('subscribe', ['a', params])).error?.code).toBe(-32030)
    finish()
    await one.client.request('none')
    void one.client.request('wait', params)
    await started.next()
    await running[Symbol.asyncDispose]()
  })

  it('maxPendingPerIp: counts the requests of an address until they end, also after the clients have left', async () => {
    const { running, started } = await startWithWait({ maxPendingPerIp: 2, trustProxy: true })
    const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } })
    const finishes: (() => void)[] = []
    for (let count = 0; count < 2; count++) {
      const { client } = await connectClient(running, '/', from('1.1.1.1'))
      const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
      void client.request('wait')
      finishes.push((await started.next()).finish)
      client.ws.terminate()
      await removed
    }
    const same = await connectClient(running, '/', from('1.1.1.1'))
    expect((await same.client.request('wait')).error).toMatchObject({ code: -32030 })
    const other = await connectClient(running, '/', from('2.2.2.2'))
    void other.client.request('wait')
    await started.next()
    finishes[0]!()
    void same.client.request('wait')
    await started.next()
    await running[Symbol.asyncDispose]()
  })

  it('maxPendingTotal: counts the requests of all clients', async () => {
    const { running, started } = await startWithWait({ maxPendingTotal: 1, trustProxy: true })
    const { client } = await connectClient(running)
    void client.request('wait')
    const { finish } = await started.next()
    const other = await connectClient(running, '/', { headers: { 'x-forwarded-for': '2.2.2.2' } })
    expect((await other.client.request('wait')).error?.code).toBe(-32030)
    finish()
    void other.client.request('wait')
    await started.next()
    await running[Symbol.asyncDispose]()
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
    expect((await client.request('subscribe', ['c'])).result).toBe('c#2')
  })

  it('maxBatch: refuses each request of a larger batch, runs none, and reports its notifications', async () => {
    await using running = await startServer({ maxBatch: 2 })
    let calls = 0
    running.server.methods({ count: () => ++calls })
    const { client, connection } = await connectClient(running)
    const request = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'count' })
    client.send([request('a'), { jsonrpc: '2.0', method: 'count' }, 7, request(2)])
    const refusal = (id: unknown) => ({
      jsonrpc: '2.0',
      id,
      error: { code: -32600, message: 'Expected at most 2 calls in a batch' },
    })
    expect(await client.next()).toEqual([refusal('a'), refusal(2)])
    client.send([{ jsonrpc: '2.0' }, 7, 8])
    expect(await client.next()).toEqual(refusal(null))
    expect(calls).toBe(0)
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'notification_refused', connection })])
  })

  it.each(['server', 'connection'])(
    'a loop over the messages of a %s that reads slowly gets all of them',
    async (of) => {
      await using running = await startServer({ rate: false })
      const { client, connection } = await connectClient(running)
      const loop = (of === 'server' ? running.server : connection).messages[Symbol.asyncIterator]()
      let seen = 0
      const full = new Promise<void>((resolve) => connection.messages.forEach(() => void (++seen === 256 && resolve())))
      for (let number = 0; number < 5_000; number++) client.send(number)
      await full
      client.send('end')
      for (let number = 0; number < 5_000; number++) {
        const { value } = (await loop.next()) as { value: unknown }
        expect([value].flat()[0]).toBe(number)
      }
      expect(running.codes()).toEqual([])
    },
  )
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

describe('new connections', () => {
  const refusedStatus = async (running: Awaited<ReturnType<typeof startServer>>, options = {}) => {
    const ws = new WebSocket(running.url, options)
    ws.on('error', () => {})
    const [, response] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number; headers: object }]
    ws.terminate()
    return response
  }

  it('maxConnections: answers a further one with 503, until another has ended', async () => {
    await using running = await startServer({ maxConnections: 1 })
    const refused = createQueue<object>()
    running.server.on('refuse', refused.push)
    const { client } = await connectClient(running)
    expect(await refusedStatus(running)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } })
    expect(await refused.next()).toEqual({ code: 1013, reason: 'too many connections', ip: '127.0.0.1' })
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    client.ws.close()
    await removed
    await expect(connectClient(running)).resolves.toBeDefined()
  })

  it('connectionRate: answers those above it with 429, and those of other addresses as usual', async () => {
    await using running = await startServer({ connectionRate: { perSecond: 0.001, burst: 2 }, trustProxy: true })
    const refused = createQueue<object>()
    running.server.on('refuse', refused.push)
    const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } })
    for (let count = 0; count < 2; count++) {
      const { client } = await connectClient(running, '/', from('1.1.1.1'))
      client.ws.terminate()
    }
    expect((await refusedStatus(running, from('1.1.1.1'))).statusCode).toBe(429)
    expect(await refused.next()).toMatchObject({ code: 4429, ip: '1.1.1.1' })
    await connectClient(running, '/', from('2.2.2.2'))
  })

  it('maxAuthorizing: runs so many calls of authorize for an address at a time, also after the clients have left', async () => {
    const started = createQueue<() => void>()
    await using running = await startServer({
      maxAuthorizing: 2,
      trustProxy: true,
      authorize: async () => await new Promise<object>((resolve) => started.push(() => resolve({}))),
    })
    const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } })
    const gone = [await running.connect('/', from('1.1.1.1')), await running.connect('/', from('1.1.1.1'))]
    const finishes = [await started.next(), await started.next()]
    for (const { ws } of gone) ws.close()
    await Promise.all(gone.map(async ({ closed }) => await closed))
    const third = connectClient(running, '/', from('1.1.1.1'))
    const other = connectClient(running, '/', from('2.2.2.2'))
    // That of the other address.
    const finishOther = await started.next()
    finishOther()
    await other
    expect(started.all).toHaveLength(3)
    finishes[0]!()
    const finishThird = await started.next()
    finishThird()
    await expect(third).resolves.toBeDefined()
  })
})
