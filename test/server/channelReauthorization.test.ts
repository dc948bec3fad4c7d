import { describe, expect, it } from '@jest/globals'
import {
  memoryBus,
  type AuthorizeContext,
  type Bus,
  type CallContext,
  type ServerConnection,
  type SocketServerSettings,
} from '../../src/server/index.js'
import { connectClient, createQueue, startServer } from './support.js'

// `authorizeChannel` is asked again after `$/authenticate`: a user may have other rights with fresh credentials.

interface User {
  readonly id: string
  readonly rooms: readonly string[]
}

type Ask = (connection: ServerConnection, channel: string, params: unknown) => unknown

/** Each user may see the rooms that the credentials name. */
const mayEnter: Ask = ({ user }, channel) => (user as User).rooms.includes(channel)

/** A server whose client begins with the rooms a and b. */
const start = async (authorizeChannel: Ask = mayEnter, more: SocketServerSettings = {}) => {
  const running = await startServer({
    authorize: (_req: unknown, { credentials = ['a', 'b'] }: AuthorizeContext) => ({ id: 'ada', rooms: credentials }),
    userId: (user) => (user as User).id,
    authorizeChannel: authorizeChannel as () => boolean,
    ...more,
  })
  const { client, connection } = await connectClient(running)
  const subscribe = async (channel: string, rest: object = {}) =>
    await client.request('subscribe', { channel, ...rest })
  const authenticate = async (...rooms: readonly string[]) =>
    await client.request('$/authenticate', { credentials: rooms })
  const publish = (channel: string, data: unknown) => void running.server.publish(channel, data)
  return { ...running, client, connection, subscribe, authenticate, publish }
}

const ended = (channel: string, code: number) => ({
  jsonrpc: '2.0',
  method: '$/ended',
  params: { id: `${channel}#1`, channel, error: { code, message: expect.any(String) } },
})
const pushed = (channel: string, data: unknown) => ({ method: '$/push', params: { channel, data } })

/** An `authorizeChannel` whose answers after the first ones are given by the test. */
const createAsk = (first: number) => {
  const asked = createQueue<{ readonly channel: string; readonly answer: (verdict: unknown) => void }>()
  let count = 0
  const ask: Ask = async (_connection, channel) => {
    if (++count <= first) return true
    return await new Promise((answer) => asked.push({ channel, answer }))
  }
  return { asked, ask }
}

describe('a subscription after $/authenticate', () => {
  it('ends with −32030 too when a subscription that is never answered has the last slot', async () => {
    let answer = (_verdict: boolean): void => {}
    const waiting = new Promise<boolean>((resolve) => (answer = resolve))
    const ask: Ask = async (_connection, channel) => (channel === 'hang' ? await waiting : true)
    await using running = await start(ask, { handshakeTimeout: 60, maxPending: 1 })
    await running.subscribe('a')
    const hanging = running.subscribe('hang')
    await running.authenticate('a')
    expect(await running.client.next()).toEqual(ended('a', -32_030))
    expect(running.connection.subscriptions).toEqual([])
    answer(true)
    await hanging
  })

  it('is not asked for with credentials that newer ones have replaced', async () => {
    let asked = 0
    const ask: Ask = async () => {
      asked++
      await new Promise((resolve) => setImmediate(resolve))
      return true
    }
    await using running = await start(ask, { maxPending: 1 })
    for (const channel of ['a', 'b', 'c']) await running.subscribe(channel)
    asked = 0
    await Promise.all(Array.from({ length: 20 }, async () => await running.authenticate('a', 'b', 'c')))
    running.publish('c', 'last')
    expect(await running.client.next()).toMatchObject(pushed('c', 'last'))
    // The first one was being asked; of the others only those of the last credentials are.
    expect(asked).toBeLessThan(20)
  })

  it('ends with −32003 where the new user may not see the channel; the others go on', async () => {
    await using running = await start()
    const { authenticate, client, connection, publish, subscribe } = running
    await subscribe('a')
    await subscribe('b')
    expect(await authenticate('b')).toMatchObject({ result: {} })
    publish('a', 'secret')
    publish('b', 'open')
    expect(await client.next()).toEqual(ended('a', -32_003))
    expect(await client.next()).toMatchObject(pushed('b', 'open'))
    expect(connection.subscriptions.map(({ channel }) => channel)).toEqual(['b'])
    expect(running.codes()).toEqual([])
  })

  it('is asked about with its params, and not when the client only asks until when it is authorised', async () => {
    const asked: unknown[] = []
    await using running = await start((_connection, channel, params) => asked.push([channel, params]) > 0)
    const { authenticate, client, subscribe } = running
    await subscribe('a', { params: { of: 1 } })
    await client.request('$/authenticate', {})
    expect(asked).toHaveLength(1)
    await authenticate('a')
    expect(asked).toEqual([
      ['a', { of: 1 }],
      ['a', { of: 1 }],
    ])
  })

  it('stays where the credentials are refused', async () => {
    await using running = await start(mayEnter, {
      authorize: (_req, { credentials }) => (credentials ? false : { id: 'ada', rooms: ['a'] }),
    })
    const { authenticate, client, publish, subscribe } = running
    await subscribe('a')
    expect(await authenticate('b')).toMatchObject({ error: { code: -32_003 } })
    publish('a', 1)
    expect(await client.next()).toMatchObject(pushed('a', 1))
  })

  it('gets nothing until the answer has come, and then all of it in order', async () => {
    const { ask, asked } = createAsk(2)
    await using running = await start(ask)
    const { authenticate, client, connection, publish, subscribe } = running
    await subscribe('a')
    await subscribe('b')
    await authenticate('a', 'b')
    const [first, second] = [await asked.next(), await asked.next()]
    publish('a', 1)
    connection.push('a', 2)
    publish('b', 'secret')
    connection.send('other')
    expect(await client.next()).toBe('other')
    first.answer(true)
    expect(await client.next()).toMatchObject(pushed('a', 1))
    expect(await client.next()).toMatchObject(pushed('a', 2))
    second.answer(false)
    expect(await client.next()).toEqual(ended('b', -32_003))
    publish('a', 3)
    expect(await client.next()).toMatchObject(pushed('a', 3))
  })

  it('ends the producer of a channel that is refused', async () => {
    const stopped = createQueue<string>()
    await using running = await start(mayEnter, {
      channels: {
        a: (_params: unknown, { signal }: CallContext) => {
          signal.addEventListener('abort', () => stopped.push('stopped'))
        },
      },
    })
    await running.subscribe('a')
    await running.authenticate('b')
    expect(await running.client.next()).toEqual(ended('a', -32_003))
    expect(await stopped.next()).toBe('stopped')
  })

  it('of a channel with history gets what was published meanwhile, once, or nothing of it', async () => {
    const { ask, asked } = createAsk(2)
    await using running = await start(ask)
    const { authenticate, client, publish, server, subscribe } = running
    for (const channel of ['a', 'b']) {
      server.channel(channel, { history: { size: 10, ttl: 60_000 } })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await subscribe(channel)
    }
    await authenticate('a', 'b')
    const [first, second] = [await asked.next(), await asked.next()]
    publish('a', 1)
    publish('b', 1)
    publish('a', 2)
    first.answer(true)
    second.answer(false)
    expect(await client.next()).toMatchObject({ params: { channel: 'a', data: 1, offset: 1 } })
    expect(await client.next()).toMatchObject({ params: { channel: 'a', data: 2, offset: 2 } })
    expect(await client.next()).toEqual(ended('b', -32_003))
    const again = client.request('subscribe', { channel: 'b' })
    const third = await asked.next()
    third.answer(false)
    expect(await again).toMatchObject({ error: { code: -32_003 } })
  })

  it('ends with −32003 where authorizeChannel throws, which is reported', async () => {
    let isBroken = false
    await using running = await start(() => {
      if (isBroken) throw new Error('the database is gone')
      return true
    })
    await running.subscribe('a')
    isBroken = true
    await running.authenticate('a')
    expect(await running.client.next()).toEqual(ended('a', -32_003))
    expect(running.codes()).toEqual(['handler_failed'])
  })

  it('ends with −32030 where authorizeChannel does not answer within handshakeTimeout, also those that wait for their turn', async () => {
    const { ask } = createAsk(2)
    await using running = await start(ask, { handshakeTimeout: 60, maxPending: 1 })
    const { authenticate, client, publish, subscribe } = running
    await subscribe('a')
    await subscribe('b')
    await authenticate('a', 'b')
    publish('a', 'secret')
    expect(await client.next()).toEqual(ended('a', -32_030))
    expect(await client.next()).toEqual(ended('b', -32_030))
  })

  it('is decided by the last credentials where others come before the answer', async () => {
    const { ask, asked } = createAsk(1)
    await using running = await start(ask)
    const { authenticate, client, publish, subscribe } = running
    await subscribe('a')
    await authenticate('a')
    const first = await asked.next()
    await authenticate('b')
    const second = await asked.next()
    first.answer(true)
    await client.request('$/authenticate', {})
    publish('a', 'secret')
    second.answer(false)
    expect(await client.next()).toEqual(ended('a', -32_003))
  })
})

describe('a subscription that is being authorised when fresh credentials come', () => {
  it('is asked about again, with the new user', async () => {
    const { ask, asked } = createAsk(0)
    await using running = await start(ask)
    const { authenticate, subscribe } = running
    const answer = subscribe('a')
    const first = await asked.next()
    await authenticate('b')
    first.answer(true)
    const second = await asked.next()
    second.answer(false)
    expect(await answer).toMatchObject({ error: { code: -32_003 } })
    expect(running.connection.subscriptions).toEqual([])
  })

  it('is asked about again where its params are still validated', async () => {
    const validating = createQueue<() => void>()
    const validate = async (value: unknown) => await new Promise((resolve) => validating.push(() => resolve({ value })))
    const producer = Object.assign(() => {}, { schema: { '~standard': { version: 1, vendor: 'test', validate } } })
    await using running = await start(mayEnter, { channels: { a: producer } })
    const answer = running.subscribe('a')
    const finish = await validating.next()
    await running.authenticate('b')
    finish()
    expect(await answer).toMatchObject({ error: { code: -32_003 } })
    expect(running.connection.subscriptions).toEqual([])
  })

  it('ends right after its answer where its history is still read', async () => {
    const reading = createQueue<() => void>()
    const bus = memoryBus()
    const read: NonNullable<Bus['history']>['read'] = async (...args) => {
      await new Promise<void>((resolve) => reading.push(resolve))
      return await bus.history!.read(...args)
    }
    await using running = await start(mayEnter, { bus: { ...bus, history: { ...bus.history!, read } } })
    running.server.channel('a', { history: { size: 10, ttl: 60_000 } })
    const kinds: string[] = []
    running.client.ws.on('message', (data: Buffer) => kinds.push(data.includes('$/ended') ? 'ended' : 'answer'))
    const answer = running.subscribe('a')
    const finish = await reading.next()
    await running.authenticate('b')
    finish()
    expect(await answer).toMatchObject({ result: { id: 'a#1' } })
    expect(await running.client.next()).toEqual(ended('a', -32_003))
    expect(kinds).toEqual(['answer', 'answer', 'ended'])
    expect(running.connection.subscriptions).toEqual([])
  })
})
