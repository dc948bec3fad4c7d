import { describe, expect, it } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { text, type ServerCodec } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

/** A Standard Schema out of a test. */
const schemaOf = <Output>(
  isValid: (value: unknown) => boolean | Promise<boolean>,
): StandardSchemaV1<unknown, Output> => {
  const toResult = (holds: boolean, value: unknown) =>
    holds ? { value: value as Output } : { issues: [{ message: 'not what was expected', path: ['a', { key: 0 }] }] }
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        const holds = isValid(value)
        return typeof holds === 'boolean' ? toResult(holds, value) : holds.then((one) => toResult(one, value))
      },
    },
  }
}

describe('messages', () => {
  it('call the listener of forEach with their sender, until it is removed', async () => {
    await using running = await startServer()
    const end = running.server.messages.forEach((message, sender) => sender.send({ you: message }))
    const one = await connectClient(running)
    const two = await connectClient(running)
    one.client.send('a')
    expect(await one.client.next()).toEqual({ you: 'a' })
    two.client.send('b')
    expect(await two.client.next()).toEqual({ you: 'b' })
    end()
    const later = createQueue<unknown>()
    running.server.messages.forEach(later.push)
    one.client.send('c')
    expect(await later.next()).toBe('c')
    one.connection.send('marker')
    expect(await one.client.next()).toBe('marker')
    expect(two.client.received.all).toEqual([{ you: 'b' }])
  })

  it('are iterated by loops in order, with their sender', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const [message, sender] of running.server.messages) {
        seen.push([message, sender === connection])
        if (message === 'last') break
      }
    })()
    for (const message of [1, 2, 'last', 3]) client.send(message)
    await loop
    expect(seen).toEqual([
      [1, true],
      [2, true],
      ['last', true],
    ])
  })

  it('arrive unchanged when they are falsy', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const seen = createQueue<unknown>()
    connection.messages.forEach(seen.push)
    for (const message of [0, '', false, null]) client.send(message)
    expect([await seen.next(), await seen.next(), await seen.next(), await seen.next()]).toEqual([0, '', false, null])
  })

  it('call the listeners of onMessage for their type only', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown[]>()
    const end = running.server.onMessage('posts', (payload, sender) => received.push([payload, sender]))
    connection.onMessage('posts', (payload) => received.push([payload, 'own']))
    client.send({ type: 'users', payload: 1 })
    client.send({ type: 'posts', payload: 2 })
    expect(await received.next()).toEqual([2, connection])
    expect(await received.next()).toEqual([2, 'own'])
    end()
    client.send({ type: 'posts', payload: 3 })
    expect(await received.next()).toEqual([3, 'own'])
    expect(received.all).toHaveLength(3)
  })

  it('do not call listeners to events', async () => {
    await using running = await startServer()
    const { client } = await connectClient(running)
    const events = createQueue<unknown>()
    const messages = createQueue<unknown>()
    running.server.on('error', events.push)
    running.server.on('close', () => events.push('close'))
    running.server.onMessage('error', messages.push)
    client.send({ type: 'error', payload: 'ha' })
    expect(await messages.next()).toBe('ha')
    expect(events.all).toEqual([])
  })

  it('call all listeners although one throws or rejects', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    running.server.messages.forEach(() => {
      throw new Error('first')
    })
    running.server.messages.forEach(async () => {
      await Promise.resolve()
      throw new Error('second')
    })
    running.server.messages.forEach(received.push)
    client.send(1)
    expect(await received.next()).toBe(1)
    expect(await running.problems.next()).toMatchObject({
      code: 'listener_failed',
      connection,
      message: expect.stringContaining('first'),
    })
    expect(await running.problems.next()).toMatchObject({
      code: 'listener_failed',
      message: expect.stringContaining('second'),
    })
  })
})

describe('a frame that cannot be decoded', () => {
  it.each([
    ['malformed JSON', '{nope', 'invalid_frame'],
    ['a polluting key', '{"__proto__":{"x":1}}', 'invalid_frame'],
  ])('is reported and replied to, and the loop continues: %s', async (_, frame, code) => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const loop = connection.messages[Symbol.asyncIterator]()
    client.ws.send(frame)
    client.send('good')
    expect(await loop.next()).toEqual({ done: false, value: 'good' })
    expect(running.problems.all).toEqual([expect.objectContaining({ code, connection })])
    expect(await client.next()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700, data: { code } } })
  })

  it('closes with 1007 or is only reported, depending on "invalid"', async () => {
    await using closing = await startServer({ invalid: 'close' })
    const one = await closing.connect()
    one.ws.send('{nope')
    expect((await one.closed).code).toBe(1007)
    await using ignoring = await startServer({ invalid: 'ignore' })
    const { client } = await connectClient(ignoring)
    client.ws.send('{nope')
    expect((await ignoring.problems.next()).code).toBe('invalid_frame')
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    expect(client.received.all).toEqual(['pong'])
  })
})

describe('a schema', () => {
  it('validates what clients send, and keeps the order when it is asynchronous', async () => {
    const pending = createQueue<(holds: boolean) => void>()
    const receive = schemaOf<string>((value) =>
      value === 'slow' ? new Promise<boolean>((resolve) => pending.push(resolve)) : typeof value === 'string',
    )
    await using running = await startServer({ schema: { receive } })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    client.send('slow')
    client.send('fast')
    client.send(7)
    const finish = await pending.next()
    finish(true)
    expect(await received.next()).toBe('slow')
    expect(await received.next()).toBe('fast')
    expect(await running.problems.next()).toMatchObject({
      code: 'invalid_message',
      message: '"schema.receive" rejected a message: a.0: not what was expected',
    })
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32600, data: { code: 'invalid_message' } } })
    expect(received.all).toEqual(['slow', 'fast'])
  })

  it('is reported when it throws, and the connection stays open', async () => {
    const receive = schemaOf<unknown>(() => {
      throw new Error('oh')
    })
    await using running = await startServer({ schema: { receive } })
    const { client } = await connectClient(running)
    client.send(1)
    expect((await running.problems.next()).code).toBe('invalid_message')
    client.ws.send('ping')
    expect(await client.next()).toMatchObject({ error: {} })
    expect(await client.next()).toBe('pong')
  })

  it('validates what is sent and broadcast: a rejected value reaches no client', async () => {
    const send = schemaOf<string>((value) => typeof value === 'string')
    await using running = await startServer({ schema: { send } })
    const { client, connection } = await connectClient(running)
    expect(connection.send(1)).toBe(false)
    expect(running.server.broadcast(1)).toBe(0)
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed'])
    expect(running.server.broadcast('yes')).toBe(1)
    expect(await client.next()).toBe('yes')
  })
})

/** JSON in binary frames, one byte after the other turned around. */
const strange = (subprotocol?: string): ServerCodec => ({
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)).map((byte) => byte ^ 1),
  decode: (frame) =>
    JSON.parse(new TextDecoder().decode(new Uint8Array(frame as ArrayBuffer).map((byte) => byte ^ 1))) as unknown,
  ...(subprotocol !== undefined && { subprotocol }),
})
const strangeBytes = (value: unknown) => strange().encode(value as never) as Uint8Array

describe('codecs', () => {
  it('are chosen by the subprotocol', async () => {
    const { json } = await import('../../src/server/index.js')
    await using running = await startServer({ codec: [json(), strange('strange')] })
    running.server.messages.forEach((message, sender) => sender.send({ echo: message }))
    const plain = await connectClient(running)
    const odd = await connectClient(running, '/', { protocols: ['strange'] })
    plain.client.send(1)
    expect(await plain.client.next()).toEqual({ echo: 1 })
    odd.client.ws.send(strangeBytes(2))
    expect(Buffer.from(await odd.client.next())).toEqual(Buffer.from(strangeBytes({ echo: 2 })))
    expect(odd.connection.protocol).toBe('strange')
  })

  it('select no subprotocol that names none of them', async () => {
    await using running = await startServer({ codec: [strange('strange')] })
    await expect(running.connect('/', { protocols: ['other'] })).rejects.toThrow('no subprotocol')
  })

  it('leave the heartbeat a text when they are binary', async () => {
    await using running = await startServer({ codec: strange() })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    expect(received.all).toEqual([])
    expect(running.codes()).toEqual([])
  })

  it('take "ping" as data when they are text()', async () => {
    await using running = await startServer({ codec: text() as ServerCodec })
    const { client, connection } = await connectClient(running)
    const received = createQueue<unknown>()
    connection.messages.forEach(received.push)
    client.ws.send('ping')
    expect(await received.next()).toBe('ping')
    client.ws.send(new Uint8Array([1]))
    expect((await running.problems.next()).code).toBe('unsupported_frame')
    connection.send('a text')
    expect(await client.next()).toBe('a text')
  })

  it('leave the texts of the heartbeat to the option ping', async () => {
    await using other = await startServer({ ping: { request: 'hi', reply: 'ho' } })
    const one = await other.connect()
    one.ws.send('hi')
    expect(await one.next()).toBe('ho')
    await using none = await startServer({ ping: false })
    const two = await connectClient(none)
    two.client.ws.send('ping')
    expect((await none.problems.next()).code).toBe('invalid_frame')
  })
})
