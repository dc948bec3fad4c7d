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
import { createSlowSchema } from '../../support/slowSchema.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'
import { inDevelopment, sentence } from '../../support/mode.js'

// An async schema is settled here by hand. Jest fails a test that leaves an unhandled rejection.

useFakeTime()

const payloads = (store: TestStore): unknown[] => store.recorder.of(socketMessage).map(({ payload }) => payload)
const problems = (store: TestStore) => store.recorder.of(socketError).map(({ payload }) => payload)
const drops = (store: TestStore) =>
  store.recorder.of(socketDropped).map(({ payload: { reason, ids } }) => [reason, ...ids])
const sentJson = (store: TestStore): unknown[] => store.sent().map((frame) => JSON.parse(frame as string) as unknown)
const typesOf = (store: TestStore): string[] => store.takeActions().map(({ type }) => type)

const price = { receive: z.object({ price: z.number() }), send: z.object({ buy: z.number() }) }
const posted = createAction<unknown>('posts/created')

describe.each<[where: string, options: StoreOptions]>([
  ['the middleware', { schema: price }],
  ['the actions', { actions: createSocketActions({ schema: price }) as never }],
])('a schema of %s', (_where, options) => {
  it('passes on what matches', async () => {
    const store = await setupOpenStore(options)
    store.receiveJson({ price: 1, more: 2 })
    expect(payloads(store)).toEqual([{ price: 1 }])
    expect(store.dispatch(socketSend({ buy: 1 }))).toMatchObject({ delivery: 'sent' })
    expect(sentJson(store)).toEqual([{ buy: 1 }])
  })

  it('reports a received message that does not match as a socketError, dispatches nothing else, and keeps the socket', async () => {
    const store = await setupOpenStore({ ...options, accept: /.*/, toActions: () => posted(1) })
    const receivedMessages: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => receivedMessages.push(message),
      ),
    )
    const iterator = store.dispatch(socketReceive())
    store.takeActions()
    store.receiveJson({ price: 'much' })
    expect(store.takeActions()).toEqual([expect.objectContaining({ type: socketError.type })])
    expect(problems(store)).toEqual([
      {
        code: 'invalid_message',
        message: sentence(/^A received message does not match the schema: price: /),
        excerpt: '{"price":"much"}',
        issues: [{ message: expect.any(String), path: ['price'] }],
      },
    ])
    expect(receivedMessages).toEqual([])
    store.receiveJson({ price: 2 })
    expect(await iterator.next()).toEqual({ done: false, value: { price: 2 } })
  })

  it('drops a send that does not match: at once, and in three actions', async () => {
    const store = await setupOpenStore(options)
    expect(store.dispatch(socketSend({ sell: 1 }, { id: 'bad' }))).toEqual({
      id: 'bad',
      delivery: 'dropped',
      reason: 'invalid',
    })
    expect(store.sent()).toEqual([])
    expect(typesOf(store)).toEqual([socketSend.type, socketError.type, socketDropped.type])
    expect(problems(store)).toEqual([
      {
        code: 'invalid_message',
        message: sentence(/^A message to send does not match the schema: buy: /),
        issues: [{ message: expect.any(String), path: ['buy'] }],
      },
    ])
    expect(drops(store)).toEqual([['invalid', 'bad']])
  })
})

inDevelopment(() =>
  describe('a malformed schema', () => {
    it.each<[what: string, options: () => unknown]>([
      [
        'in two places',
        () => createSocketMiddleware({ schema: price, actions: createSocketActions({ schema: price }) }),
      ],
      ['that is not one, in the actions', () => createSocketActions({ schema: { receive: {} } as never })],
      ['that is not one, in the middleware', () => createSocketMiddleware({ schema: { send: () => true } as never })],
      ['of an unknown direction', () => createSocketActions({ schema: { both: z.any() } as never })],
      ['without a direction', () => createSocketActions({ schema: z.any() as never })],
      ['that is a text', () => createSocketMiddleware({ schema: 'yes' as never })],
    ])('%s throws invalid_option before anything happens', (_what, create) => {
      expect(create).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/schema/) }),
      )
    })
  }),
)

describe('a schema', () => {
  it('is kept when the actions are typed further', () => {
    expect(createSocketActions({ schema: price }).withTypes().schema).toBe(price)
  })

  it('does not check raw frames', async () => {
    const store = await setupOpenStore({ schema: price })
    expect(store.dispatch(socketSendRaw('anything'))).toMatchObject({ delivery: 'sent' })
  })

  it('checks what is forwarded, as it goes out', async () => {
    const schema = { send: z.object({ type: z.literal('posts/created'), payload: z.number() }) }
    const store = await setupOpenStore({ schema, forward: posted })
    store.dispatch(posted(1))
    store.dispatch(posted('one'))
    expect(sentJson(store)).toEqual([posted(1)])
    expect(store.recorder.count(posted)).toBe(2)
    expect(problems(store)).toMatchObject([{ code: 'invalid_message', issues: [{ path: ['payload'] }] }])
    expect(drops(store)).toEqual([['invalid', expect.any(String)]])
  })

  it('that transforms a received message gives the store plain data of the result, and listeners the result', async () => {
    const at = z.object({ at: z.string().transform((text) => new Date(text)) })
    const store = await setupOpenStore({ schema: { receive: at } })
    const receivedMessages: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => receivedMessages.push(message),
      ),
    )
    store.receiveJson({ at: '2020-01-01T00:00:00.000Z' })
    expect(receivedMessages).toEqual([{ at: new Date('2020-01-01T00:00:00.000Z') }])
    expect(payloads(store)).toEqual([{ at: '2020-01-01T00:00:00.000Z' }])
  })

  it('that transforms a send gives reducers plain data of what was sent', async () => {
    const send = v.pipe(
      v.object({ at: v.date() }),
      v.transform(({ at }) => ({ at: at.getTime() })),
    )
    const store = await setupOpenStore({ schema: { send } })
    store.dispatch(socketSend({ at: new Date(5) }))
    expect(sentJson(store)).toEqual([{ at: 5 }])
    expect(store.recorder.of(socketSend)[0]).toMatchObject({ payload: { at: '1970-01-01T00:00:00.005Z' } })
  })

  it.each<[direction: 'send' | 'receive', code: string]>([
    ['send', 'callback_failed'],
    ['receive', 'callback_failed'],
  ])('that throws for a message to %s is one socketError, and the next message passes', async (direction, code) => {
    const schema = z.unknown().transform((value) => {
      if (value === 'bad') throw new Error('a slip')
      return value
    })
    const store = await setupOpenStore({ schema: { [direction]: schema } })
    const say = (value: unknown): unknown =>
      direction === 'send' ? store.dispatch(socketSend(value)) : store.receiveJson(value)
    say('bad')
    // Zod tries again, as an async schema.
    await advanceTime()
    expect(problems(store)).toMatchObject([{ code, message: expect.stringContaining('a slip') }])
    say('good')
    await advanceTime()
    expect(direction === 'send' ? sentJson(store) : payloads(store)).toEqual(['good'])
  })
})

describe('an async schema of received messages', () => {
  const openSlow = async (options: StoreOptions = {}) => {
    const slow = createSlowSchema()
    return { slow, store: await setupOpenStore({ schema: { receive: slow.schema }, ...options }) }
  }

  it('keeps the order, whichever settles first, with synchronous results between', async () => {
    const { slow, store } = await openSlow()
    for (const message of ['a', 'sync 1', 'b', 'sync 2']) store.receiveJson(message)
    expect(payloads(store)).toEqual([])
    await slow.pass('b')
    expect(payloads(store)).toEqual([])
    await slow.pass('a')
    expect(payloads(store)).toEqual(['a', 'sync 1', 'b', 'sync 2'])
    store.receiveJson('sync 3')
    expect(payloads(store).at(-1)).toBe('sync 3')
  })

  it('reports a bad frame and a bad message in their turn', async () => {
    const { slow, store } = await openSlow()
    store.receiveJson('a')
    store.receive('{')
    store.receiveJson('b')
    store.receiveJson('sync')
    await slow.refuse('b')
    expect(store.takeActions()).toEqual([])
    await slow.pass('a')
    expect(
      store
        .takeActions()
        .map(({ type, payload }) => (type === socketError.type ? (payload as never)['code'] : payload)),
    ).toEqual(['a', 'invalid_frame', 'invalid_message', 'sync'])
  })

  it('that rejects is a socketError, and the next message is delivered', async () => {
    const { slow, store } = await openSlow()
    store.receiveJson('a')
    store.receiveJson('sync')
    await slow.fail('a')
    expect(problems(store)).toMatchObject([{ message: expect.stringContaining('the database is gone') }])
    expect(payloads(store)).toEqual(['sync'])
  })

  it('keeps the order of texts and bytes through a codec that is async for one of them', async () => {
    const codec: Codec = {
      ...json(),
      decode: async (frame) =>
        typeof frame === 'string' ? (JSON.parse(frame) as unknown) : await new Blob([frame]).text(),
    }
    const store = await setupOpenStore({ codec })
    for (let index = 0; index < 6; index++) {
      if (index % 2) store.receiveJson(String(index))
      else store.network.last.sendRaw(Buffer.from(String(index)))
    }
    await advanceTime(10)
    await new Promise((resolve) => process.nextTick(resolve))
    await advanceTime(10)
    expect(payloads(store)).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('answers a ping meanwhile', async () => {
    const { store } = await openSlow()
    store.receiveJson('a')
    store.receive('ping')
    expect(store.sent()).toEqual(['pong'])
  })

  it.each<[how: string, close: (store: TestStore) => void]>([
    ['the server closes', (store) => store.network.last.close(1000)],
    ['the socket is lost', (store) => store.network.last.cut()],
    ['the server closes for good', (store) => store.network.last.close(1008)],
  ])('delivers what came before %s before the closed event', async (_how, close) => {
    const { slow, store } = await openSlow({ reconnect: { backoff: () => 10 } })
    const receivedMessages: unknown[] = []
    const read = store.dispatch(socketReceive())
    store.dispatch(
      socketListen(
        () => true,
        (message) => receivedMessages.push(message),
      ),
    )
    store.receiveJson('a')
    store.receiveJson('b')
    close(store)
    await advanceTime(100)
    expect(store.recorder.count(socketClosed)).toBe(0)
    await slow.pass('a', 'b')
    expect(typesOf(store).slice(0, 3)).toEqual([socketMessage.type, socketMessage.type, socketClosed.type])
    expect(receivedMessages).toEqual(['a', 'b'])
    expect([(await read.next()).value, (await read.next()).value]).toEqual(['a', 'b'])
    await read.return!()
  })

  it('that hangs delays a close by closeTimeout at most, and its message is dropped', async () => {
    const { slow, store } = await openSlow({ closeTimeout: 500, reconnect: { backoff: () => 10 } })
    store.receiveJson('a')
    store.network.last.close(1001)
    await advanceTime(499)
    expect(store.recorder.count(socketClosed)).toBe(0)
    await advanceTime(2)
    expect(store.recorder.of(socketClosed)[0]?.payload).toMatchObject({ code: 1001, next: 'reconnecting' })
    await advanceTime(50)
    expect(store.state().status).toBe('open')
    await slow.pass('a')
    expect(payloads(store)).toEqual([])
    store.receiveJson('sync')
    expect(payloads(store)).toEqual(['sync'])
  })

  it.each<[how: string, end: (store: TestStore) => void]>([
    ['the app has closed', (store) => void store.dispatch(socketClose())],
    ['the app has connected elsewhere', (store) => void store.dispatch(socketConnect({ url: 'ws://b.example' }))],
    ['the app has reconnected', (store) => void store.dispatch(socketReconnect())],
    ['the middleware is disposed of', (store) => store.socket.dispose()],
  ])('delivers nothing of what came before %s', async (_how, end) => {
    const { slow, store } = await openSlow()
    const receivedMessages: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => receivedMessages.push(message),
      ),
    )
    store.receiveJson('a')
    store.receiveJson('bad')
    end(store)
    await slow.pass('a')
    await slow.refuse('bad')
    await advanceTime(10)
    expect({ receivedMessages, reported: payloads(store), problems: problems(store) }).toEqual({
      receivedMessages: [],
      reported: [],
      problems: [],
    })
  })

  it('that is too slow refuses the 10001st message at once, and keeps nothing of it', async () => {
    let asked = 0
    const store = await setupOpenStore({
      codec: {
        encode: String,
        decode: async () => {
          asked++
          return await new Promise(() => {})
        },
      },
    })
    for (let index = 1; index <= 10_000; index++) store.receive(String(index))
    expect(problems(store)).toEqual([])
    for (const frame of ['a', 'b']) store.receive(frame)
    expect(problems(store).map(({ code, excerpt }) => [code, excerpt])).toEqual([
      ['receive_backlog', 'a'],
      ['receive_backlog', 'b'],
    ])
    expect(asked).toBe(10_000)
  })
})

describe('an async schema of sends', () => {
  const createSlow = async (options: StoreOptions = {}, isOpen = true) => {
    const slow = createSlowSchema()
    const all = { schema: { send: slow.schema }, reconnect: { backoff: () => 10 }, ...options }
    return { slow, store: isOpen ? await setupOpenStore(all) : setupStore(all) }
  }
  const queued = { id: expect.any(String), delivery: 'queued' }

  it("returns 'queued', keeps the place of the send, and lets it out once it is checked", async () => {
    const { slow, store } = await createSlow()
    const results = [
      store.dispatch(socketSend('a')),
      store.dispatch(socketSend('sync')),
      store.dispatch(socketSendRaw('raw')),
      store.dispatch(socketSend('b')),
    ]
    expect(results).toEqual([queued, queued, queued, queued])
    expect(store.recorder.of(socketSend)[0]).toMatchObject({ payload: 'a', meta: { delivery: 'queued' } })
    await slow.pass('b')
    expect(store.sent()).toEqual([])
    await slow.pass('a')
    expect(store.sent()).toEqual(['"a"', '"sync"', 'raw', '"b"'])
    expect(store.dispatch(socketSend('sync'))).toMatchObject({ delivery: 'sent' })
    expect(drops(store)).toEqual([])
  })

  it('counts what waits for it in the state', async () => {
    const { slow, store } = await createSlow()
    store.dispatch(socketSend('a'))
    await advanceTime(50)
    expect(store.state().queued).toBe(1)
    await slow.pass('a')
    await advanceTime(50)
    expect(store.state().queued).toBe(0)
  })

  it.each<[how: string, end: 'refuse' | 'fail', code: string]>([
    ['refuses', 'refuse', 'invalid_message'],
    ['rejects', 'fail', 'callback_failed'],
  ])('that %s drops the send as invalid, and those behind it go out', async (_how, end, code) => {
    const { slow, store } = await createSlow()
    store.dispatch(socketSend('a', { id: 'a' }))
    store.dispatch(socketSend('sync'))
    await slow[end]('a')
    expect(drops(store)).toEqual([['invalid', 'a']])
    expect(problems(store)).toMatchObject([{ code }])
    expect(sentJson(store)).toEqual(['sync'])
  })

  it('that answers without a connection leaves the send waiting for the next one', async () => {
    const { slow, store } = await createSlow()
    store.dispatch(socketSend('a'))
    store.dispatch(socketSend('sync'))
    store.network.last.cut()
    await slow.pass('a')
    expect(store.sent()).toEqual([])
    await advanceTime(20)
    expect(store.network.last.receivedRaw).toEqual(['"a"', '"sync"'])
  })

  it('drops a send with whenOffline "drop" when the socket is lost while its frame is made', async () => {
    const { slow, store } = await createSlow()
    store.dispatch(socketSend('a', { id: 'a', whenOffline: 'drop' }))
    store.network.last.cut()
    expect(drops(store)).toEqual([['offline', 'a']])
    await advanceTime(20)
    await slow.pass('a')
    expect(store.sent()).toEqual([])
    expect(drops(store)).toEqual([['offline', 'a']])
  })

  it.each<[how: string, options: StoreOptions, send: { whenOffline?: 'drop' }]>([
    ['with whenOffline: "drop"', {}, { whenOffline: 'drop' }],
    ['without a queue', { queue: false }, {}],
  ])('that answers without a connection drops a send %s', async (_how, options, send) => {
    const { slow, store } = await createSlow(options)
    expect(store.dispatch(socketSend('a', { id: 'a', ...send }))).toEqual({ ...queued, id: 'a' })
    store.network.last.cut()
    await slow.pass('a')
    await advanceTime(20)
    expect(drops(store)).toEqual([['offline', 'a']])
    expect(store.sent()).toEqual([])
  })

  it.each(['pass', 'refuse', 'fail'] as const)(
    'drops a send once when the app closes meanwhile, whatever its answer (%s)',
    async (end) => {
      const { slow, store } = await createSlow()
      store.dispatch(socketSend('a', { id: 'a' }))
      void store.dispatch(socketClose())
      await advanceTime()
      await slow[end]('a')
      expect(drops(store)).toEqual([['closed', 'a']])
      expect(store.sent()).toEqual([])
    },
  )

  it.each(['refuse', 'fail'] as const)('leaves no unhandled rejection on a closed connection (%s)', async (end) => {
    const { slow, store } = await createSlow()
    void store.dispatch(socketClose())
    await advanceTime()
    expect(store.dispatch(socketSend('a', { id: 'a' }))).toEqual({ id: 'a', delivery: 'dropped', reason: 'closed' })
    if (slow.validating().length) await slow[end]('a')
    expect(drops(store)).toEqual([['closed', 'a']])
  })

  it.each(['refuse', 'fail'] as const)('leaves no unhandled rejection without a queue (%s)', async (end) => {
    const { slow, store } = await createSlow({}, false)
    const result = store.dispatch(socketSend('a', { id: 'a', whenOffline: 'drop' }))
    expect(result).toEqual({ id: 'a', delivery: 'dropped', reason: 'offline' })
    if (slow.validating().length) await slow[end]('a')
    expect(drops(store)).toEqual([['offline', 'a']])
  })

  it('is bounded by the queue', async () => {
    const { slow, store } = await createSlow({ queue: { maxMessages: 2 } })
    const results = ['a', 'b', 'c'].map((value) => store.dispatch(socketSend(value, { id: value })))
    expect(results.map(({ delivery }) => delivery)).toEqual(['queued', 'queued', 'dropped'])
    expect(drops(store)).toEqual([['overflow', 'c']])
    await slow.pass('a', 'b')
    await slow.refuse('c')
    expect(sentJson(store)).toEqual(['a', 'b'])
  })

  it('that makes a message too large for the queue of a lost connection drops it', async () => {
    const { slow, store } = await createSlow({ queue: { maxBytes: 5 } }, false)
    store.dispatch(socketSend('too long', { id: 'a' }))
    store.dispatch(socketSend('b', { id: 'b' }))
    await slow.pass('too long', 'b')
    expect(drops(store)).toEqual([['too_large', 'a']])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(sentJson(store)).toEqual(['b'])
  })

  it('runs while the send waits for a connect', async () => {
    const { slow, store } = await createSlow({}, false)
    expect(store.dispatch(socketSend('a'))).toEqual(queued)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sent()).toEqual([])
    await slow.pass('a')
    expect(sentJson(store)).toEqual(['a'])
  })

  it('checks each send once', async () => {
    const { slow, store } = await createSlow()
    store.dispatch(socketSend('a'))
    store.network.last.cut()
    await slow.pass('a')
    await advanceTime(20)
    expect(slow.validating()).toEqual(['a'])
    expect(sentJson(store)).toEqual(['a'])
  })
})

describe('the schema in a handshake', () => {
  const words = z.enum(['hello', 'welcome', 'later'])

  it('checks what is sent and what is received', async () => {
    const read: unknown[] = []
    const store = setupStore({
      schema: { send: words, receive: words.transform((word) => word.toUpperCase()) },
      handshake: async ({ send, receive }) => {
        send('hello')
        read.push(await receive())
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson('welcome')
    await advanceTime()
    expect({ sent: sentJson(store), read, status: store.state().status }).toEqual({
      sent: ['hello'],
      read: ['WELCOME'],
      status: 'open',
    })
  })

  it.each<[what: string, handshake: NonNullable<StoreOptions['handshake']>]>([
    ['sends', ({ send }) => send('nonsense')],
    ['receives', ({ receive }) => receive()],
  ])('fails the handshake for a value that does not match when it %s it', async (_what, handshake) => {
    const store = setupStore({
      schema: { send: words, receive: words },
      handshake,
      reconnect: { backoff: () => 10_000 },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson('nonsense')
    await advanceTime()
    expect(problems(store)).toMatchObject([
      { code: 'handshake_failed', message: sentence(/does not match the schema/) },
    ])
    expect(store.state().status).toBe('reconnecting')
  })

  const createSlow = async (handshake: NonNullable<StoreOptions['handshake']>) => {
    const slow = createSlowSchema()
    const store = setupStore({
      schema: { send: slow.schema, receive: slow.schema },
      handshake,
      reconnect: { backoff: () => 10_000 },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    return { slow, store }
  }

  it('that is async keeps the order of what is sent, and the handshake waits for it', async () => {
    const { slow, store } = await createSlow(({ send }) => {
      send('a')
      send('sync')
      send('b')
    })
    store.dispatch(socketSend('sync after'))
    await slow.pass('b')
    expect({ sent: store.sent(), status: store.state().status }).toEqual({ sent: [], status: 'connecting' })
    await slow.pass('a')
    await advanceTime()
    expect(sentJson(store)).toEqual(['a', 'sync', 'b', 'sync after'])
    expect(store.state().status).toBe('open')
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'lets nothing overtake a frame that was just made (%i steps later)',
    async (steps) => {
      const { slow, store } = await createSlow(async ({ send }) => {
        send('a')
        await isMade
        // oxlint-disable-next-line no-await-in-loop
        for (let step = 0; step < steps; step++) await Promise.resolve()
        send('sync')
      })
      await slow.pass('a')
      await advanceTime()
      expect(sentJson(store)).toEqual(['a', 'sync'])
    },
  )
  const isMade = Promise.resolve()

  it('that is async fails the handshake with what it sent', async () => {
    const { slow, store } = await createSlow(({ send }) => send('a'))
    await slow.refuse('a')
    await advanceTime()
    expect(problems(store)).toMatchObject([{ code: 'handshake_failed' }])
    expect(store.sent()).toEqual([])
  })

  it('that is async delays a receive', async () => {
    const read: unknown[] = []
    const { slow, store } = await createSlow(async ({ receive }) => {
      read.push(await receive())
      read.push(await receive())
    })
    store.receiveJson('a')
    store.receiveJson('sync')
    await advanceTime()
    expect(read).toEqual([])
    await slow.pass('a')
    await advanceTime()
    expect(read).toEqual(['a', 'sync'])
    expect(store.state().status).toBe('open')
  })

  it('that hangs is ended by connectTimeout', async () => {
    const { slow, store } = await createSlow(({ send }) => send('a'))
    await advanceTime(10_001)
    expect(problems(store)).toMatchObject([{ code: 'connect_timeout' }])
    await slow.pass('a')
    expect(store.sent()).toEqual([])
  })

  it.each<[how: string, say: (store: TestStore) => void]>([
    ['the socket is closed', (store) => store.network.last.cut()],
    ['the message does not match', (store) => store.receiveJson('nonsense')],
  ])('leaves no unhandled rejection when it does not await its receive, and %s', async (_how, say) => {
    const store = setupStore({
      schema: { receive: words },
      handshake: async ({ receive, signal }) => {
        void receive()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      reconnect: { backoff: () => 10_000 },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    say(store)
    await advanceTime(10)
    expect(store.state().status).not.toBe('open')
  })
})
