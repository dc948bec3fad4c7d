import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { RpcError, type CallContext, type SocketServerSettings } from '../../src/server/index.js'
import { prometheusMetrics } from '../../src/server/metrics/index.js'
import { connectClient, createQueue, startOnHttp, startServer, type Client } from './support.js'

interface Numbers {
  readonly upTo?: number
  readonly failAt?: number
  readonly bytes?: number
}

/** A server whose method `count` yields 1, 2, 3 …, and what its generator did. */
const start = async (options: SocketServerSettings = {}) => {
  const running = await startServer(options)
  const did = createQueue<string>()
  running.server.methods({
    async *count({ upTo = Infinity, bytes = 0 }: Numbers = {}) {
      try {
        for (let number = 1; number <= upTo; number++) {
          did.push(`made ${number}`)
          yield bytes ? 'x'.repeat(bytes) : number
        }
        return 'all'
      } finally {
        did.push('ended')
      }
    },
    plain: () => 'one result',
  })
  const { client, connection } = await connectClient(running)
  return { ...running, did, client, connection }
}

const ask = ({ send }: Client, method: string, params: unknown, stream: unknown = { window: 3 }, id: unknown = 1) =>
  send({ jsonrpc: '2.0', id, method, params, stream })

const more = ({ send }: Client, count: unknown, id: unknown = 1) =>
  send({ jsonrpc: '2.0', method: '$/more', params: { id, count } })

const cancel = ({ send }: Client, id: unknown = 1) =>
  send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })

const chunk = (data: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', method: '$/chunk', params: { id, data } })
const refused = (code: number, message: unknown = expect.any(String)) => ({
  jsonrpc: '2.0',
  id: 1,
  error: expect.objectContaining({ code, message }),
})

/** Reads so many messages. */
const read = async ({ next }: Client, count: number): Promise<unknown[]> =>
  await Promise.all(Array.from({ length: count }, async () => await next()))

describe('a method that is an async generator', () => {
  it('answers with a chunk for each yield, then with what it returns', async () => {
    await using running = await start()
    ask(running.client, 'count', { upTo: 2 })
    expect(await read(running.client, 3)).toEqual([chunk(1), chunk(2), { jsonrpc: '2.0', id: 1, result: 'all' }])
  })

  it('is not asked for more than the window, and goes on when the client has read', async () => {
    await using running = await start()
    const { client, did } = running
    ask(client, 'count', {})
    expect(await read(client, 3)).toEqual([chunk(1), chunk(2), chunk(3)])
    await client.request('plain')
    expect(did.all).toEqual(['made 1', 'made 2', 'made 3'])
    more(client, 2)
    expect(await read(client, 2)).toEqual([chunk(4), chunk(5)])
    await client.request('plain')
    expect(did.all).toHaveLength(5)
  })

  it('does not get more credit than its window from a client that confirms too much', async () => {
    await using running = await start()
    const { client, did } = running
    ask(client, 'count', {})
    await read(client, 3)
    more(client, 1_000)
    await read(client, 3)
    for (const count of [0, -1, 0.5, '1', null]) more(client, count)
    more(client, 3, 'unknown')
    await client.request('plain')
    expect(did.all).toHaveLength(6)
  })

  it('ends, and is answered with −32800, when the client cancels', async () => {
    await using running = await start()
    const { client, did } = running
    ask(client, 'count', {})
    await read(client, 3)
    cancel(client)
    expect(await client.next()).toEqual(refused(-32800))
    expect(did.all.at(-1)).toBe('ended')
  })

  it('ends when the client disconnects', async () => {
    await using running = await start()
    const { client, did } = running
    ask(client, 'count', {})
    await read(client, 3)
    client.ws.terminate()
    while ((await did.next()) !== 'ended');
    expect(running.codes()).toEqual([])
  })

  it('learns of a cancel by its signal while it waits', async () => {
    await using running = await start()
    const { client, server } = running
    server.methods({
      async *wait(_params: unknown, { signal }: CallContext) {
        yield 'waits'
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
      },
    })
    ask(client, 'wait', {})
    expect(await client.next()).toEqual(chunk('waits'))
    cancel(client)
    expect(await client.next()).toEqual(refused(-32800))
    expect(running.codes()).toEqual([])
  })

  it.each([
    [
      'an RpcError as it is',
      new RpcError(7, 'no rain', { at: 2 }),
      { code: 7, message: 'no rain', data: { at: 2 } },
      [],
    ],
    [
      'another error without details',
      new Error('secret'),
      { code: -32603, message: 'Internal error' },
      ['handler_failed'],
    ],
  ])('answers after its chunks with %s', async (_what, thrown, error, codes) => {
    await using running = await start()
    running.server.methods({
      async *fail() {
        yield 1
        throw thrown
      },
    })
    ask(running.client, 'fail', {})
    expect(await read(running.client, 2)).toEqual([chunk(1), { jsonrpc: '2.0', id: 1, error }])
    expect(running.codes()).toEqual(codes)
  })

  it('yields and returns null for undefined', async () => {
    await using running = await start()
    running.server.methods({
      async *nothing() {
        yield undefined
      },
    })
    ask(running.client, 'nothing', {})
    expect(await read(running.client, 2)).toEqual([chunk(null), { jsonrpc: '2.0', id: 1, result: null }])
  })

  it('has the context of a method', async () => {
    await using running = await start()
    running.server.methods({
      async *who(_params: unknown, { connection, push }: CallContext) {
        push('pushed')
        yield connection?.id
      },
    })
    ask(running.client, 'who', {})
    const pushed = { jsonrpc: '2.0', method: '$/push', params: { channel: 'who', data: 'pushed' } }
    expect(await read(running.client, 2)).toEqual([pushed, chunk(running.connection.id)])
  })

  it('is never started for a request without "stream", a notification, or a malformed window', async () => {
    await using running = await start()
    const { client, did } = running
    expect(await client.request('count')).toMatchObject({
      error: { code: -32600, message: expect.stringContaining('socketRequestStream') },
    })
    client.send({ jsonrpc: '2.0', method: 'count', stream: { window: 3 } })
    expect(await running.problems.next()).toMatchObject({ code: 'notification_refused' })
    for (const stream of [null, 3, [], { window: 0 }, { window: '3' }, { window: 1.5 }, { window: -1 }]) {
      ask(client, 'count', {}, stream)
      expect(await client.next()).toEqual(refused(-32600))
    }
    expect(did.all).toEqual([])
  })

  it('has a window of 32 when the client names none, and at most one of 1000', async () => {
    await using running = await start()
    const { client, did } = running
    ask(client, 'count', {}, {}, 'few')
    await read(client, 32)
    await client.request('plain')
    expect(did.all).toHaveLength(32)
    ask(client, 'count', {}, { window: 1_000_000 }, 'many')
    await read(client, 1_000)
    await client.request('plain')
    expect(did.all).toHaveLength(1_032)
  })

  it('runs in a batch, whose replies come when all are done', async () => {
    await using running = await start()
    const { client } = running
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'count', params: { upTo: 1 }, stream: { window: 2 } },
      { jsonrpc: '2.0', id: 2, method: 'plain' },
    ])
    expect(await read(client, 2)).toEqual([
      chunk(1),
      [
        { jsonrpc: '2.0', id: 1, result: 'all' },
        { jsonrpc: '2.0', id: 2, result: 'one result' },
      ],
    ])
  })

  it('fails with −32603 at a chunk that cannot be encoded, which is reported', async () => {
    await using running = await start()
    running.server.methods({
      async *big() {
        yield 1
        yield 1n
      },
    })
    ask(running.client, 'big', {})
    expect(await read(running.client, 2)).toEqual([chunk(1), refused(-32603)])
    expect(running.codes()).toEqual(['encode_failed'])
  })

  it('holds at 256 KiB that the client has not read, beyond one chunk of each request', async () => {
    await using running = await start()
    const { client, did } = running
    const window = 100
    ask(client, 'count', { bytes: 100 * 1024 }, { window }, 'a')
    await read(client, 3)
    ask(client, 'count', { bytes: 300 * 1024 }, { window }, 'b')
    await client.next()
    await client.request('plain')
    expect(did.all).toEqual(['made 1', 'made 2', 'made 3', 'made 1'])
    cancel(client, 'b')
    expect(await client.next()).toMatchObject({ id: 'b' })
    more(client, 1, 'a')
    await client.next()
    await client.request('plain')
    expect(did.all.filter((one) => one !== 'ended')).toHaveLength(5)
  })

  it('counts as a request until it ends', async () => {
    await using running = await start({ maxPending: 1 })
    const { client, did } = running
    ask(client, 'count', {}, { window: 1 })
    await client.next()
    const waits = client.request('plain')
    more(client, 1)
    await client.next()
    cancel(client)
    await client.next()
    expect(await waits).toMatchObject({ result: 'one result' })
    expect(did.all.at(-1)).toBe('ended')
  })

  it('does not count the credit of its client towards the rate', async () => {
    await using running = await start({ rate: { perSecond: 1, burst: 5 } })
    const { client } = running
    ask(client, 'count', { upTo: 20 }, { window: 1 })
    for (let number = 1; number <= 20; number++) {
      expect(await client.next()).toEqual(chunk(number))
      more(client, 1)
    }
    expect(await client.next()).toMatchObject({ result: 'all' })
    expect(running.codes()).toEqual([])
  })

  it('is measured from the request to the end', async () => {
    const register = new Registry()
    await using running = await start({ metrics: prometheusMetrics({ register }) })
    ask(running.client, 'count', {})
    await read(running.client, 3)
    cancel(running.client)
    await running.client.next()
    expect(await register.metrics()).toContain(
      'reduplex_call_duration_seconds_count{method="count",transport="socket",outcome="cancelled"} 1',
    )
  })

  it('needs a WebSocket: over HTTP it is refused with −32600', async () => {
    const http = createServer((req, res) => void running.server.handleHttp(req, res))
    await using running = await startOnHttp(http)
    let isStarted = false
    running.server.methods({
      async *count() {
        isStarted = true
        yield 1
      },
    })
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'count', stream: { window: 3 } })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(running.origin, { method: 'POST', headers, body })
    expect(await response.json()).toEqual(refused(-32600, expect.stringContaining('WebSocket')))
    expect(isStarted).toBe(false)
  })
})

describe('a method that returns another async iterable', () => {
  it('answers in chunks, and is told when the client refuses to take them', async () => {
    await using running = await start()
    const calls = createQueue<string>()
    const iterable = () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          calls.push('next')
          return await new Promise<never>(() => {})
        },
        return: async () => {
          calls.push('return')
          return { done: true as const, value: undefined }
        },
      }),
    })
    running.server.methods({ iterable })
    expect(await running.client.request('iterable')).toMatchObject({ error: { code: -32600 } })
    expect(calls.all).toEqual(['return'])
    ask(running.client, 'iterable', {})
    await calls.next()
    expect(await calls.next()).toBe('next')
    cancel(running.client)
    expect(await calls.next()).toBe('return')
  })
})

describe('a request with "stream"', () => {
  it('is answered with the result alone by a method that returns a value', async () => {
    await using running = await start()
    ask(running.client, 'plain', {})
    expect(await running.client.next()).toEqual({ jsonrpc: '2.0', id: 1, result: 'one result' })
  })

  it('is refused as any other for a method that there is not', async () => {
    await using running = await start()
    ask(running.client, 'nobody', {})
    expect(await running.client.next()).toEqual(refused(-32601))
  })
})

describe('a chunk for a client that reads too slowly', () => {
  it('ends the reply with −32000 where messages are dropped', async () => {
    await using running = await start({ maxBufferedBytes: 1024, slowConsumer: 'drop' })
    const { client, connection, did } = running
    client.ws.pause()
    while (connection.bufferedAmount <= 1024) connection.send('x'.repeat(1024 * 1024))
    ask(client, 'count', {})
    while ((await did.next()) !== 'ended');
    expect(running.codes()).toContain('slow_consumer')
  })
})
