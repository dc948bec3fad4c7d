import { describe, expect, it } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { text, type ServerCodec } from '../../src/server/index.js'
import { createQueue, meet, run } from './support.js'

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
  it('M10 go to forEach with their sender, who can be answered alone, until it is ended', async () => {
    await using running = await run()
    const end = running.server.messages.forEach((message, sender) => sender.send({ you: message }))
    const one = await meet(running)
    const two = await meet(running)
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

  it('M10 go to loops, in order, with their sender', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
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

  it('falsy ones arrive as they are', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const seen = createQueue<unknown>()
    connection.messages.forEach(seen.push)
    for (const message of [0, '', false, null]) client.send(message)
    expect([await seen.next(), await seen.next(), await seen.next(), await seen.next()]).toEqual([0, '', false, null])
  })

  it('S6 a listener to posts hears only posts', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const heard = createQueue<unknown[]>()
    const end = running.server.onMessage('posts', (payload, sender) => heard.push([payload, sender]))
    connection.onMessage('posts', (payload) => heard.push([payload, 'own']))
    client.send({ type: 'users', payload: 1 })
    client.send({ type: 'posts', payload: 2 })
    expect(await heard.next()).toEqual([2, connection])
    expect(await heard.next()).toEqual([2, 'own'])
    end()
    client.send({ type: 'posts', payload: 3 })
    expect(await heard.next()).toEqual([3, 'own'])
    expect(heard.all).toHaveLength(3)
  })

  it('cannot pass for what the server tells', async () => {
    await using running = await run()
    const { client } = await meet(running)
    const events = createQueue<unknown>()
    const messages = createQueue<unknown>()
    running.server.on('error', events.push)
    running.server.on('close', () => events.push('close'))
    running.server.onMessage('error', messages.push)
    client.send({ type: 'error', payload: 'ha' })
    expect(await messages.next()).toBe('ha')
    expect(events.all).toEqual([])
  })

  it('a listener that throws, or rejects, keeps nobody else from hearing', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const heard = createQueue<unknown>()
    running.server.messages.forEach(() => {
      throw new Error('first')
    })
    running.server.messages.forEach(async () => {
      await Promise.resolve()
      throw new Error('second')
    })
    running.server.messages.forEach(heard.push)
    client.send(1)
    expect(await heard.next()).toBe(1)
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

describe('D5 a bad frame', () => {
  it.each([
    ['malformed JSON', '{nope', 'invalid_frame'],
    ['a polluting key', '{"__proto__":{"x":1}}', 'invalid_frame'],
  ])('that is %s is a typed error, answered, and the loop goes on', async (_, frame, code) => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const loop = connection.messages[Symbol.asyncIterator]()
    client.ws.send(frame)
    client.send('good')
    expect(await loop.next()).toEqual({ done: false, value: 'good' })
    expect(running.problems.all).toEqual([expect.objectContaining({ code, connection })])
    expect(await client.next()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700, data: { code } } })
  })

  it('closes, or is only told, as "invalid" says', async () => {
    await using closing = await run({ invalid: 'close' })
    const one = await closing.dial()
    one.ws.send('{nope')
    expect((await one.closed).code).toBe(1007)
    await using ignoring = await run({ invalid: 'ignore' })
    const { client } = await meet(ignoring)
    client.ws.send('{nope')
    expect((await ignoring.problems.next()).code).toBe('invalid_frame')
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    expect(client.received.all).toEqual(['pong'])
  })
})

describe('D3 a schema', () => {
  it('checks what clients send, and keeps the order while it takes its time', async () => {
    const pending = createQueue<(holds: boolean) => void>()
    const receive = schemaOf<string>((value) =>
      value === 'slow' ? new Promise<boolean>((resolve) => pending.push(resolve)) : typeof value === 'string',
    )
    await using running = await run({ schema: { receive } })
    const { client, connection } = await meet(running)
    const heard = createQueue<unknown>()
    connection.messages.forEach(heard.push)
    client.send('slow')
    client.send('fast')
    client.send(7)
    const finish = await pending.next()
    finish(true)
    expect(await heard.next()).toBe('slow')
    expect(await heard.next()).toBe('fast')
    expect(await running.problems.next()).toMatchObject({
      code: 'invalid_message',
      message: '"schema.receive" rejected a message: a.0: not what was expected',
    })
    expect(await client.next()).toMatchObject({ id: null, error: { code: -32600, data: { code: 'invalid_message' } } })
    expect(heard.all).toEqual(['slow', 'fast'])
  })

  it('that throws breaks nothing', async () => {
    const receive = schemaOf<unknown>(() => {
      throw new Error('oh')
    })
    await using running = await run({ schema: { receive } })
    const { client } = await meet(running)
    client.send(1)
    expect((await running.problems.next()).code).toBe('invalid_message')
    client.ws.send('ping')
    expect(await client.next()).toMatchObject({ error: {} })
    expect(await client.next()).toBe('pong')
  })

  it('checks what is sent and broadcast: what it refuses reaches nobody', async () => {
    const send = schemaOf<string>((value) => typeof value === 'string')
    await using running = await run({ schema: { send } })
    const { client, connection } = await meet(running)
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

describe('D4 codecs', () => {
  it('the same app under each: the subprotocol chooses', async () => {
    const { json } = await import('../../src/server/index.js')
    await using running = await run({ codec: [json(), strange('strange')] })
    running.server.messages.forEach((message, sender) => sender.send({ echo: message }))
    const plain = await meet(running)
    const odd = await meet(running, '/', { protocols: ['strange'] })
    plain.client.send(1)
    expect(await plain.client.next()).toEqual({ echo: 1 })
    odd.client.ws.send(strangeBytes(2))
    expect(Buffer.from(await odd.client.next())).toEqual(Buffer.from(strangeBytes({ echo: 2 })))
    expect(odd.connection.protocol).toBe('strange')
  })

  it('a subprotocol that nobody speaks is not agreed on', async () => {
    await using running = await run({ codec: [strange('strange')] })
    await expect(running.dial('/', { protocols: ['other'] })).rejects.toThrow('no subprotocol')
  })

  it('the heartbeat is text, also where the codec is binary', async () => {
    await using running = await run({ codec: strange() })
    const { client, connection } = await meet(running)
    const heard = createQueue<unknown>()
    connection.messages.forEach(heard.push)
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
    expect(heard.all).toEqual([])
    expect(running.codes()).toEqual([])
  })

  it('where every text is data, ping is data', async () => {
    await using running = await run({ codec: text() as ServerCodec })
    const { client, connection } = await meet(running)
    const heard = createQueue<unknown>()
    connection.messages.forEach(heard.push)
    client.ws.send('ping')
    expect(await heard.next()).toBe('ping')
    client.ws.send(new Uint8Array([1]))
    expect((await running.problems.next()).code).toBe('unsupported_frame')
    connection.send('a text')
    expect(await client.next()).toBe('a text')
  })

  it('the texts of the heartbeat can be others, or none', async () => {
    await using other = await run({ ping: { request: 'hi', reply: 'ho' } })
    const one = await other.dial()
    one.ws.send('hi')
    expect(await one.next()).toBe('ho')
    await using none = await run({ ping: false })
    const two = await meet(none)
    two.client.ws.send('ping')
    expect((await none.problems.next()).code).toBe('invalid_frame')
  })
})
