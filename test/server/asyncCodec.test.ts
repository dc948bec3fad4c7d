import { describe, expect, it } from '@jest/globals'
import { json, memoryBus, type ServerCodec } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

/** JSON, but what is small takes long: without a line the large would overtake. `bad` values fail late. */
const slow = (): ServerCodec => {
  const { encode, decode } = json()
  const later = async (frame: unknown, task: () => unknown): Promise<never> => {
    for (let left = Math.max(0, 40 - String(frame).length); left > 0; left--) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
    }
    return task() as never
  }
  return {
    encode: async (value: unknown) => {
      if (JSON.stringify(value).includes('"bad"')) throw new Error('cannot')
      const frame = encode(value)
      return await later(frame, () => frame)
    },
    decode: async (frame: string | ArrayBuffer) => await later(frame, () => decode(frame)),
  }
}

const long = 'x'.repeat(60)

describe('an asynchronous codec', () => {
  it('keeps the order of received messages', async () => {
    await using running = await startServer({ codec: slow() })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    for (const message of ['a', long, 'b']) client.send(message)
    expect([await received.next(), await received.next(), await received.next()]).toEqual(['a', long, 'b'])
  })

  it('keeps the order of what is sent, broadcast, sent raw and published', async () => {
    await using running = await startServer({ codec: slow() })
    const { client, connection } = await connectClient(running)
    connection.subscribe('c')
    connection.send('a')
    running.server.broadcast(long)
    connection.sendRaw('"raw"')
    void running.server.publish('c', 'd')
    connection.send(`${long}!`)
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['a', long, 'raw'])
    expect(await client.next()).toMatchObject({ params: { data: 'd' } })
    expect(await client.next()).toBe(`${long}!`)
  })

  it('is reported when it cannot encode a value; the next value is sent, and a call is replied to', async () => {
    await using running = await startServer({ codec: slow() })
    running.server.methods({ get: () => 'bad' })
    const { client, connection } = await connectClient(running)
    connection.send('bad')
    running.server.broadcast('bad')
    connection.send('good')
    expect(await client.next()).toBe('good')
    expect((await client.request('get')).error?.code).toBe(-32603)
    client.ws.send('{')
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32700 } })
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed', 'encode_failed', 'invalid_frame'])
  })

  it('sends what precedes a close before the close', async () => {
    await using running = await startServer({ codec: slow() })
    const { client, connection } = await connectClient(running)
    connection.send('last words')
    connection.close(4000, 'bye')
    expect(connection.send('too late')).toBe(false)
    expect(await client.next()).toBe('last words')
    expect(await client.closed).toEqual({ code: 4000, reason: 'bye' })
  })

  it('does not prevent a close when it never settles', async () => {
    const { decode } = json()
    const codec = { encode: async () => await new Promise<string>(() => {}), decode }
    await using running = await startServer({ codec, closeTimeout: 20 })
    const { client, connection } = await connectClient(running)
    connection.send('never')
    connection.close(4000)
    expect((await client.closed).code).toBe(4000)
  })

  it('has at most 1000 pending messages of a connection', async () => {
    const { decode } = json()
    const codec = { encode: async () => await new Promise<string>(() => {}), decode }
    await using running = await startServer({ codec, slowConsumer: 'drop' })
    const { connection } = await connectClient(running)
    for (let count = 0; count < 1000; count++) expect(connection.send(count)).toBe(true)
    expect(connection.send('one more')).toBe(false)
    expect(running.codes()).toEqual(['slow_consumer'])
  })

  it('keeps the order of messages between nodes', async () => {
    const bus = memoryBus()
    const codec = slow()
    await using left = await startServer({ bus, codec })
    await using right = await startServer({ bus, codec })
    const { client } = await connectClient(right)
    for (const text of ['a', long, 'bad', 'b']) left.server.broadcast(text)
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['a', long, 'b'])
    expect(new Set(left.codes())).toEqual(new Set(['encode_failed']))
  })
})
