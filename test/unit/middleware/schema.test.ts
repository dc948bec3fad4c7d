import { describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import * as v from 'valibot'
import { z } from 'zod'
import { socketSendRaw } from '../../../src/actions/index.js'
import { socketListen, socketReceive } from '../../../src/features/listen.js'
import {
  createSocketActions,
  json,
  socketClose,
  socketClosed,
  socketConnect,
  socketDropped,
  socketError,
  socketMessage,
  socketReconnect,
  socketSend,
  type Codec,
} from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { createSlowSchema } from './slowSchema.js'
import type { StoreOptions } from '../../support/store.js'
import { createWorld, openWorld, passTime, useFakeTime, type World } from './harness.js'

// A schema that is async is settled here by hand. Jest fails a test that leaves a rejection unhandled.

useFakeTime()

const payloads = (world: World): unknown[] => world.recorder.of(socketMessage).map(({ payload }) => payload)
const problems = (world: World) => world.recorder.of(socketError).map(({ payload }) => payload)
const drops = (world: World) => world.recorder.of(socketDropped).map(({ payload: { reason, ids } }) => [reason, ...ids])
const sentJson = (world: World): unknown[] => world.sent().map((frame) => JSON.parse(frame as string) as unknown)
const typesOf = (world: World): string[] => world.news().map(({ type }) => type)

const price = { receive: z.object({ price: z.number() }), send: z.object({ buy: z.number() }) }
const posted = createAction<unknown>('posts/created')

describe.each<[where: string, options: StoreOptions]>([
  ['the middleware', { schema: price }],
  ['the actions', { actions: createSocketActions({ schema: price }) as never }],
])('a schema that is given to %s', (_where, options) => {
  it('lets through what fits', async () => {
    const world = await openWorld(options)
    world.hearJson({ price: 1, more: 2 })
    expect(payloads(world)).toEqual([{ price: 1 }])
    expect(world.dispatch(socketSend({ buy: 1 }))).toMatchObject({ delivery: 'sent' })
    expect(sentJson(world)).toEqual([{ buy: 1 }])
  })

  it('turns what does not fit into a socketError; nobody else hears of it, and the socket stays up', async () => {
    const world = await openWorld({ ...options, accept: /.*/, toActions: () => posted(1) })
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    const iterator = world.dispatch(socketReceive())
    world.news()
    world.hearJson({ price: 'much' })
    expect(world.news()).toEqual([expect.objectContaining({ type: socketError.type })])
    expect(problems(world)).toEqual([
      {
        code: 'invalid_message',
        message: expect.stringContaining('A received message does not match the schema: price: '),
        excerpt: '{"price":"much"}',
        issues: [{ message: expect.any(String), path: ['price'] }],
      },
    ])
    expect(heard).toEqual([])
    world.hearJson({ price: 2 })
    expect(await iterator.next()).toEqual({ done: false, value: { price: 2 } })
  })

  it('drops what may not be sent: told at once, and in three actions', async () => {
    const world = await openWorld(options)
    expect(world.dispatch(socketSend({ sell: 1 }, { id: 'bad' }))).toEqual({
      id: 'bad',
      delivery: 'dropped',
      reason: 'invalid',
    })
    expect(world.sent()).toEqual([])
    expect(typesOf(world)).toEqual([socketSend.type, socketError.type, socketDropped.type])
    expect(problems(world)).toEqual([
      {
        code: 'invalid_message',
        message: expect.stringContaining('A message to send does not match the schema: buy: '),
        issues: [{ message: expect.any(String), path: ['buy'] }],
      },
    ])
    expect(drops(world)).toEqual([['invalid', 'bad']])
  })
})

describe('a schema', () => {
  it.each<[what: string, options: () => unknown]>([
    ['in two places', () => createSocketMiddleware({ schema: price, actions: createSocketActions({ schema: price }) })],
    ['that is none, in the actions', () => createSocketActions({ schema: { receive: {} } as never })],
    ['that is none, in the middleware', () => createSocketMiddleware({ schema: { send: () => true } as never })],
    ['of an unknown direction', () => createSocketActions({ schema: { both: z.any() } as never })],
    ['that is a bare one', () => createSocketActions({ schema: z.any() as never })],
    ['that is a text', () => createSocketMiddleware({ schema: 'yes' as never })],
  ])('%s is a clear error before anything happens', (_what, create) => {
    expect(create).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/schema/) }),
    )
  })

  it('stays with the set when that is typed further', () => {
    expect(createSocketActions({ schema: price }).withTypes().schema).toBe(price)
  })

  it('is not asked about raw frames', async () => {
    const world = await openWorld({ schema: price })
    expect(world.dispatch(socketSendRaw('anything'))).toMatchObject({ delivery: 'sent' })
  })

  it('is asked about what is forwarded, as it goes out', async () => {
    const schema = { send: z.object({ type: z.literal('posts/created'), payload: z.number() }) }
    const world = await openWorld({ schema, forward: posted })
    world.dispatch(posted(1))
    world.dispatch(posted('one'))
    expect(sentJson(world)).toEqual([posted(1)])
    expect(world.recorder.count(posted)).toBe(2)
    expect(problems(world)).toMatchObject([{ code: 'invalid_message', issues: [{ path: ['payload'] }] }])
    expect(drops(world)).toEqual([['invalid', expect.any(String)]])
  })

  it('that transforms: the store has plain data of what it made, listeners what it made', async () => {
    const at = z.object({ at: z.string().transform((text) => new Date(text)) })
    const world = await openWorld({ schema: { receive: at } })
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    world.hearJson({ at: '2020-01-01T00:00:00.000Z' })
    expect(heard).toEqual([{ at: new Date('2020-01-01T00:00:00.000Z') }])
    expect(payloads(world)).toEqual([{ at: '2020-01-01T00:00:00.000Z' }])
  })

  it('that transforms what is sent: the reducers see plain data of what was given', async () => {
    const send = v.pipe(
      v.object({ at: v.date() }),
      v.transform(({ at }) => ({ at: at.getTime() })),
    )
    const world = await openWorld({ schema: { send } })
    world.dispatch(socketSend({ at: new Date(5) }))
    expect(sentJson(world)).toEqual([{ at: 5 }])
    expect(world.recorder.of(socketSend)[0]).toMatchObject({ payload: { at: '1970-01-01T00:00:00.005Z' } })
  })

  it.each<[direction: 'send' | 'receive', code: string]>([
    ['send', 'callback_failed'],
    ['receive', 'callback_failed'],
  ])('of what is to %s that throws is one socketError, and the next goes through', async (direction, code) => {
    const schema = z.unknown().transform((value) => {
      if (value === 'bad') throw new Error('a slip')
      return value
    })
    const world = await openWorld({ schema: { [direction]: schema } })
    const say = (value: unknown): unknown =>
      direction === 'send' ? world.dispatch(socketSend(value)) : world.hearJson(value)
    say('bad')
    // Zod tries again, as an async schema.
    await passTime()
    expect(problems(world)).toMatchObject([{ code, message: expect.stringContaining('a slip') }])
    say('good')
    await passTime()
    expect(direction === 'send' ? sentJson(world) : payloads(world)).toEqual(['good'])
  })
})

describe('an async schema of what is received', () => {
  const openSlow = async (options: StoreOptions = {}) => {
    const slow = createSlowSchema()
    return { slow, world: await openWorld({ schema: { receive: slow.schema }, ...options }) }
  }

  it('keeps the order, whatever settles first, with those of which it knows at once between', async () => {
    const { slow, world } = await openSlow()
    for (const message of ['a', 'sync 1', 'b', 'sync 2']) world.hearJson(message)
    expect(payloads(world)).toEqual([])
    await slow.pass('b')
    expect(payloads(world)).toEqual([])
    await slow.pass('a')
    expect(payloads(world)).toEqual(['a', 'sync 1', 'b', 'sync 2'])
    world.hearJson('sync 3')
    expect(payloads(world).at(-1)).toBe('sync 3')
  })

  it('tells a bad frame and a bad message in their turn', async () => {
    const { slow, world } = await openSlow()
    world.hearJson('a')
    world.hear('{')
    world.hearJson('b')
    world.hearJson('sync')
    await slow.refuse('b')
    expect(world.news()).toEqual([])
    await slow.pass('a')
    expect(
      world.news().map(({ type, payload }) => (type === socketError.type ? (payload as never)['code'] : payload)),
    ).toEqual(['a', 'invalid_frame', 'invalid_message', 'sync'])
  })

  it('that rejects is a socketError, and the next is told', async () => {
    const { slow, world } = await openSlow()
    world.hearJson('a')
    world.hearJson('sync')
    await slow.fail('a')
    expect(problems(world)).toMatchObject([{ message: expect.stringContaining('the database is gone') }])
    expect(payloads(world)).toEqual(['sync'])
  })

  it('keeps the order of texts and bytes through a codec that is async with one of them', async () => {
    const codec: Codec = {
      ...json(),
      decode: async (frame) =>
        typeof frame === 'string' ? (JSON.parse(frame) as unknown) : await new Blob([frame]).text(),
    }
    const world = await openWorld({ codec })
    for (let index = 0; index < 6; index++) {
      if (index % 2) world.hearJson(String(index))
      else world.network.last.receive(Buffer.from(String(index)))
    }
    await passTime(10)
    await new Promise((resolve) => process.nextTick(resolve))
    await passTime(10)
    expect(payloads(world)).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('answers a ping meanwhile', async () => {
    const { world } = await openSlow()
    world.hearJson('a')
    world.hear('ping')
    expect(world.sent()).toEqual(['pong'])
  })

  it.each<[how: string, close: (world: World) => void]>([
    ['the server closes', (world) => world.network.last.serverClose(1000)],
    ['the socket is lost', (world) => world.network.last.drop()],
    ['the server says never again', (world) => world.network.last.serverClose(1008)],
  ])('tells what came before %s before the close', async (_how, close) => {
    const { slow, world } = await openSlow({ reconnect: { backoff: () => 10 } })
    const heard: unknown[] = []
    const read = world.dispatch(socketReceive())
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    world.hearJson('a')
    world.hearJson('b')
    close(world)
    await passTime(100)
    expect(world.recorder.count(socketClosed)).toBe(0)
    await slow.pass('a', 'b')
    expect(typesOf(world).slice(0, 3)).toEqual([socketMessage.type, socketMessage.type, socketClosed.type])
    expect(heard).toEqual(['a', 'b'])
    expect([(await read.next()).value, (await read.next()).value]).toEqual(['a', 'b'])
    await read.return!()
  })

  it('that hangs holds a close up no longer than closeTimeout, and its message is not told any more', async () => {
    const { slow, world } = await openSlow({ closeTimeout: 500, reconnect: { backoff: () => 10 } })
    world.hearJson('a')
    world.network.last.serverClose(1001)
    await passTime(499)
    expect(world.recorder.count(socketClosed)).toBe(0)
    await passTime(2)
    expect(world.recorder.of(socketClosed)[0]?.payload).toMatchObject({ code: 1001, next: 'reconnecting' })
    await passTime(50)
    expect(world.state().status).toBe('open')
    await slow.pass('a')
    expect(payloads(world)).toEqual([])
    world.hearJson('sync')
    expect(payloads(world)).toEqual(['sync'])
  })

  it.each<[how: string, end: (world: World) => void]>([
    ['the app has closed', (world) => void world.dispatch(socketClose())],
    ['the app has gone elsewhere', (world) => void world.dispatch(socketConnect({ url: 'ws://b.example' }))],
    ['the app has dialled anew', (world) => void world.dispatch(socketReconnect())],
    ['the middleware is disposed', (world) => world.socket.dispose()],
  ])('tells nothing of what came before %s', async (_how, end) => {
    const { slow, world } = await openSlow()
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    world.hearJson('a')
    world.hearJson('bad')
    end(world)
    await slow.pass('a')
    await slow.refuse('bad')
    await passTime(10)
    expect({ heard, told: payloads(world), problems: problems(world) }).toEqual({ heard: [], told: [], problems: [] })
  })

  it('that is behind refuses at once the 10001st message that waits, and keeps nothing of it', async () => {
    let asked = 0
    const world = await openWorld({
      codec: {
        encode: String,
        decode: async () => {
          asked++
          return await new Promise(() => {})
        },
      },
    })
    for (let index = 1; index <= 10_000; index++) world.hear(String(index))
    expect(problems(world)).toEqual([])
    for (const frame of ['a', 'b']) world.hear(frame)
    expect(problems(world).map(({ code, excerpt }) => [code, excerpt])).toEqual([
      ['receive_backlog', 'a'],
      ['receive_backlog', 'b'],
    ])
    expect(asked).toBe(10_000)
  })
})

describe('an async schema of what is sent', () => {
  const createSlow = async (options: StoreOptions = {}, isOpen = true) => {
    const slow = createSlowSchema()
    const all = { schema: { send: slow.schema }, reconnect: { backoff: () => 10 }, ...options }
    return { slow, world: isOpen ? await openWorld(all) : createWorld(all) }
  }
  const queued = { id: expect.any(String), delivery: 'queued' }

  it("answers 'queued', keeps its place before later sends, and goes out when it is made", async () => {
    const { slow, world } = await createSlow()
    const results = [
      world.dispatch(socketSend('a')),
      world.dispatch(socketSend('sync')),
      world.dispatch(socketSendRaw('raw')),
      world.dispatch(socketSend('b')),
    ]
    expect(results).toEqual([queued, queued, queued, queued])
    expect(world.recorder.of(socketSend)[0]).toMatchObject({ payload: 'a', meta: { delivery: 'queued' } })
    await slow.pass('b')
    expect(world.sent()).toEqual([])
    await slow.pass('a')
    expect(world.sent()).toEqual(['"a"', '"sync"', 'raw', '"b"'])
    expect(world.dispatch(socketSend('sync'))).toMatchObject({ delivery: 'sent' })
    expect(drops(world)).toEqual([])
  })

  it('counts what waits for it in the state', async () => {
    const { slow, world } = await createSlow()
    world.dispatch(socketSend('a'))
    await passTime(50)
    expect(world.state().queued).toBe(1)
    await slow.pass('a')
    await passTime(50)
    expect(world.state().queued).toBe(0)
  })

  it.each<[how: string, end: 'refuse' | 'fail', code: string]>([
    ['refuses', 'refuse', 'invalid_message'],
    ['rejects', 'fail', 'callback_failed'],
  ])('that %s drops it as invalid, and those behind it go out', async (_how, end, code) => {
    const { slow, world } = await createSlow()
    world.dispatch(socketSend('a', { id: 'a' }))
    world.dispatch(socketSend('sync'))
    await slow[end]('a')
    expect(drops(world)).toEqual([['invalid', 'a']])
    expect(problems(world)).toMatchObject([{ code }])
    expect(sentJson(world)).toEqual(['sync'])
  })

  it('made while there is no connection waits for the next one', async () => {
    const { slow, world } = await createSlow()
    world.dispatch(socketSend('a'))
    world.dispatch(socketSend('sync'))
    world.network.last.drop()
    await slow.pass('a')
    expect(world.sent()).toEqual([])
    await passTime(20)
    expect(world.network.last.sent).toEqual(['"a"', '"sync"'])
  })

  it('drops a send with whenOffline "drop" when the socket is lost while its frame is made', async () => {
    const { slow, world } = await createSlow()
    world.dispatch(socketSend('a', { id: 'a', whenOffline: 'drop' }))
    world.network.last.drop()
    expect(drops(world)).toEqual([['offline', 'a']])
    await passTime(20)
    await slow.pass('a')
    expect(world.sent()).toEqual([])
    expect(drops(world)).toEqual([['offline', 'a']])
  })

  it.each<[how: string, options: StoreOptions, send: { whenOffline?: 'drop' }]>([
    ['that may not wait', {}, { whenOffline: 'drop' }],
    ['where there is no queue', { queue: false }, {}],
  ])('made while there is no connection is dropped when it is one %s', async (_how, options, send) => {
    const { slow, world } = await createSlow(options)
    expect(world.dispatch(socketSend('a', { id: 'a', ...send }))).toEqual({ ...queued, id: 'a' })
    world.network.last.drop()
    await slow.pass('a')
    await passTime(20)
    expect(drops(world)).toEqual([['offline', 'a']])
    expect(world.sent()).toEqual([])
  })

  it.each(['pass', 'refuse', 'fail'] as const)(
    'closed by the app meanwhile: dropped once, whatever comes of it (%s)',
    async (end) => {
      const { slow, world } = await createSlow()
      world.dispatch(socketSend('a', { id: 'a' }))
      void world.dispatch(socketClose())
      await passTime()
      await slow[end]('a')
      expect(drops(world)).toEqual([['closed', 'a']])
      expect(world.sent()).toEqual([])
    },
  )

  it.each(['refuse', 'fail'] as const)('on a connection that is closed leaves nothing unhandled (%s)', async (end) => {
    const { slow, world } = await createSlow()
    void world.dispatch(socketClose())
    await passTime()
    expect(world.dispatch(socketSend('a', { id: 'a' }))).toEqual({ id: 'a', delivery: 'dropped', reason: 'closed' })
    if (slow.asked().length) await slow[end]('a')
    expect(drops(world)).toEqual([['closed', 'a']])
  })

  it.each(['refuse', 'fail'] as const)('where it may not wait leaves nothing unhandled (%s)', async (end) => {
    const { slow, world } = await createSlow({}, false)
    const result = world.dispatch(socketSend('a', { id: 'a', whenOffline: 'drop' }))
    expect(result).toEqual({ id: 'a', delivery: 'dropped', reason: 'offline' })
    if (slow.asked().length) await slow[end]('a')
    expect(drops(world)).toEqual([['offline', 'a']])
  })

  it('is bounded by the queue', async () => {
    const { slow, world } = await createSlow({ queue: { maxMessages: 2 } })
    const results = ['a', 'b', 'c'].map((value) => world.dispatch(socketSend(value, { id: value })))
    expect(results.map(({ delivery }) => delivery)).toEqual(['queued', 'queued', 'dropped'])
    expect(drops(world)).toEqual([['overflow', 'c']])
    await slow.pass('a', 'b')
    await slow.refuse('c')
    expect(sentJson(world)).toEqual(['a', 'b'])
  })

  it('made too large for the queue of a lost connection is dropped', async () => {
    const { slow, world } = await createSlow({ queue: { maxBytes: 5 } }, false)
    world.dispatch(socketSend('too long', { id: 'a' }))
    world.dispatch(socketSend('b', { id: 'b' }))
    await slow.pass('too long', 'b')
    expect(drops(world)).toEqual([['too_large', 'a']])
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(sentJson(world)).toEqual(['b'])
  })

  it('waits in the queue of a connection that is not there yet', async () => {
    const { slow, world } = await createSlow({}, false)
    expect(world.dispatch(socketSend('a'))).toEqual(queued)
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.sent()).toEqual([])
    await slow.pass('a')
    expect(sentJson(world)).toEqual(['a'])
  })

  it('is asked once about each send', async () => {
    const { slow, world } = await createSlow()
    world.dispatch(socketSend('a'))
    world.network.last.drop()
    await slow.pass('a')
    await passTime(20)
    expect(slow.asked()).toEqual(['a'])
    expect(sentJson(world)).toEqual(['a'])
  })
})

describe('the schema in a handshake', () => {
  const words = z.enum(['hello', 'welcome', 'later'])

  it('checks what is sent and what is received', async () => {
    const read: unknown[] = []
    const world = createWorld({
      schema: { send: words, receive: words.transform((word) => word.toUpperCase()) },
      handshake: async ({ send, receive }) => {
        send('hello')
        read.push(await receive())
      },
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    world.hearJson('welcome')
    await passTime()
    expect({ sent: sentJson(world), read, status: world.state().status }).toEqual({
      sent: ['hello'],
      read: ['WELCOME'],
      status: 'open',
    })
  })

  it.each<[what: string, handshake: NonNullable<StoreOptions['handshake']>]>([
    ['sends', ({ send }) => send('nonsense')],
    ['receives', ({ receive }) => receive()],
  ])('fails it for nonsense that it %s', async (_what, handshake) => {
    const world = createWorld({
      schema: { send: words, receive: words },
      handshake,
      reconnect: { backoff: () => 10_000 },
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    world.hearJson('nonsense')
    await passTime()
    expect(problems(world)).toMatchObject([
      { code: 'handshake_failed', message: expect.stringContaining('does not match the schema') },
    ])
    expect(world.state().status).toBe('reconnecting')
  })

  const createSlow = async (handshake: NonNullable<StoreOptions['handshake']>) => {
    const slow = createSlowSchema()
    const world = createWorld({
      schema: { send: slow.schema, receive: slow.schema },
      handshake,
      reconnect: { backoff: () => 10_000 },
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    return { slow, world }
  }

  it('that is async keeps the order of what is sent, and the handshake waits for it', async () => {
    const { slow, world } = await createSlow(({ send }) => {
      send('a')
      send('sync')
      send('b')
    })
    world.dispatch(socketSend('sync after'))
    await slow.pass('b')
    expect({ sent: world.sent(), status: world.state().status }).toEqual({ sent: [], status: 'connecting' })
    await slow.pass('a')
    await passTime()
    expect(sentJson(world)).toEqual(['a', 'sync', 'b', 'sync after'])
    expect(world.state().status).toBe('open')
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'lets nothing overtake what has just been made (%i steps later)',
    async (steps) => {
      const { slow, world } = await createSlow(async ({ send }) => {
        send('a')
        await isMade
        // oxlint-disable-next-line no-await-in-loop
        for (let step = 0; step < steps; step++) await Promise.resolve()
        send('sync')
      })
      await slow.pass('a')
      await passTime()
      expect(sentJson(world)).toEqual(['a', 'sync'])
    },
  )
  const isMade = Promise.resolve()

  it('that is async fails the handshake with what it sent', async () => {
    const { slow, world } = await createSlow(({ send }) => send('a'))
    await slow.refuse('a')
    await passTime()
    expect(problems(world)).toMatchObject([{ code: 'handshake_failed' }])
    expect(world.sent()).toEqual([])
  })

  it('that is async is waited for by who receives', async () => {
    const read: unknown[] = []
    const { slow, world } = await createSlow(async ({ receive }) => {
      read.push(await receive())
      read.push(await receive())
    })
    world.hearJson('a')
    world.hearJson('sync')
    await passTime()
    expect(read).toEqual([])
    await slow.pass('a')
    await passTime()
    expect(read).toEqual(['a', 'sync'])
    expect(world.state().status).toBe('open')
  })

  it('that hangs is ended by connectTimeout', async () => {
    const { slow, world } = await createSlow(({ send }) => send('a'))
    await passTime(10_001)
    expect(problems(world)).toMatchObject([{ code: 'connect_timeout' }])
    await slow.pass('a')
    expect(world.sent()).toEqual([])
  })

  it.each<[how: string, say: (world: World) => void]>([
    ['the socket is closed', (world) => world.network.last.drop()],
    ['what comes is nonsense', (world) => world.hearJson('nonsense')],
  ])('leaves nothing unhandled when it does not wait for what it asked for, and %s', async (_how, say) => {
    const world = createWorld({
      schema: { receive: words },
      handshake: async ({ receive, signal }) => {
        void receive()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      reconnect: { backoff: () => 10_000 },
    })
    void world.dispatch(socketConnect())
    await passTime(1)
    say(world)
    await passTime(10)
    expect(world.state().status).not.toBe('open')
  })
})
