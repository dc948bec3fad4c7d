import { afterEach, describe, expect, it } from '@jest/globals'
import { createAction, type Action, type UnknownAction } from '@reduxjs/toolkit'
import { isReceived, json, socketError, socketMessage, text, type Codec, type Problem } from '../../../src/index.js'
import { takeCallbackErrors, type StoreOptions } from '../../support/store.js'
import { openWorld, passTime, useFakeTime, type World } from './harness.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const MiB = 1024 * 1024

/** The socket is up, and the next message comes through. */
const expectToGoOn = (world: World): void => {
  expect(world.state().status).toBe('open')
  world.news()
  world.hearJson('the next message')
  expect(world.news()).toEqual([expect.objectContaining({ type: socketMessage.type, payload: 'the next message' })])
}

const received = (payload: unknown): unknown => expect.objectContaining({ type: socketMessage.type, payload })

const problem = (code: string, excerpt?: string): unknown => {
  const payload = expect.objectContaining({ code, ...(excerpt !== undefined && { excerpt }) })
  return expect.objectContaining({ type: socketError.type, payload, meta: { socket: 'default' } })
}

describe('R6 a text is parsed, and becomes one action', () => {
  it.each<[text: string, payload: unknown]>([
    ['0', 0],
    ['""', ''],
    ['false', false],
    ['null', null],
    ['-0.5e3', -500],
    ['[]', []],
    ['{}', {}],
    ['[1,[2,{"a":3}]]', [1, [2, { a: 3 }]]],
    ['"ping"', 'ping'],
    [' {"a": 1}\n', { a: 1 }],
    ['{"type":"posts/created","payload":1}', { type: 'posts/created', payload: 1 }],
    ['{"a":1,"a":2}', { a: 2 }],
    [String.raw`"\ud800"`, '\ud800'],
    ['"a\ud800"', 'a\ud800'],
    [String.raw`{"\udfff":"\ud83d"}`, { '\udfff': '\ud83d' }],
    ['{"constructor":"Renault"}', { constructor: 'Renault' }],
  ])('%j arrives as it is', async (source, payload) => {
    const world = await openWorld()
    world.hear(source)
    expect(world.news()).toEqual([received(payload)])
    expectToGoOn(world)
  })

  it.each(['', ' ', '{', '{"a":1', "{'a':1}", 'undefined', 'NaN', '\u0000', 'pong', 'ping '])(
    '%j is malformed: an error action, and the socket stays up',
    async (source) => {
      const world = await openWorld()
      world.hear(source)
      expect(world.news()).toEqual([problem('invalid_frame', source)])
      expect(world.state().error).toEqual({ code: 'invalid_frame', message: expect.any(String) })
      expectToGoOn(world)
    },
  )

  it('keeps the beginning of a bad text, 100 characters', async () => {
    const world = await openWorld()
    world.hear(`{${'x'.repeat(5_000)}`)
    expect(world.news()).toEqual([problem('invalid_frame', `{${'x'.repeat(99)}`)])
  })
})

describe('R5 the text ping', () => {
  it('is answered pong, never parsed, never dispatched', async () => {
    const world = await openWorld()
    world.hear('ping')
    expect(world.sent()).toEqual(['pong'])
    expect(world.news()).toEqual([])
    expectToGoOn(world)
  })

  it('has both its texts settable', async () => {
    const world = await openWorld({ respondToPing: { ping: '{"type":"?"}', pong: '{"type":"!"}' } })
    world.hear('{"type":"?"}')
    expect(world.sent()).toEqual(['{"type":"!"}'])
    expect(world.news()).toEqual([])
    world.hear('ping')
    expect(world.news()).toEqual([problem('invalid_frame', 'ping')])
  })

  it('keeps the default of the text that is not given', async () => {
    const world = await openWorld({ respondToPing: { ping: '?' } })
    world.hear('?')
    expect(world.sent()).toEqual(['pong'])
  })

  it('is a message like any other when turned off', async () => {
    const world = await openWorld({ respondToPing: false })
    world.hear('ping')
    expect(world.sent()).toEqual([])
    expect(world.news()).toEqual([problem('invalid_frame', 'ping')])
  })

  it('is data under text(), unless it is asked for', async () => {
    const plain = await openWorld({ codec: text() })
    plain.hear('ping')
    expect(plain.news()).toEqual([received('ping')])
    expect(plain.sent()).toEqual([])
    const asked = await openWorld({ codec: text(), respondToPing: {} })
    asked.hear('ping')
    expect(asked.news()).toEqual([])
    expect(asked.sent()).toEqual(['pong'])
  })
})

describe('a message that would pollute prototypes', () => {
  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '{"a":[{"__proto__":null}]}',
    String.raw`{"\u005f\u005fproto\u005f\u005f":{"isAdmin":true}}`,
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"type":"posts/created","payload":{"__proto__":{"isAdmin":true}}}',
  ])('%s is an error action, and the socket stays up', async (source) => {
    const world = await openWorld({ accept: posted })
    world.hear(source)
    expect(world.news()).toEqual([problem('invalid_frame', source.slice(0, 100))])
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
    expectToGoOn(world)
  })
})

describe('R7 a binary frame', () => {
  it('never reaches JSON.parse: the action has a handle, and the bytes are read by it', async () => {
    const world = await openWorld()
    world.network.last.receive(Buffer.from('{"a":1}'))
    const [action] = world.news() as unknown as { payload: { id: string } }[]
    expect(action).toEqual(received({ id: expect.any(String), byteLength: 7, type: '' }))
    expect(Buffer.from(world.socket.readBinary(action!.payload.id) as ArrayBuffer).toString()).toBe('{"a":1}')
    expectToGoOn(world)
  })

  it('that the codec does not take is an error action without an excerpt, and the socket stays up', async () => {
    const world = await openWorld({ codec: text() })
    world.network.last.receive(Buffer.from('{"a":1}'))
    const [action] = world.news()
    expect(action).toEqual(problem('unsupported_frame'))
    expect((action as unknown as { payload: Problem }).payload).not.toHaveProperty('excerpt')
    expect(world.state().status).toBe('open')
  })

  it('is what a codec makes of it', async () => {
    const lengths: Codec = {
      ...json(),
      decode: (frame) => (typeof frame === 'string' ? (JSON.parse(frame) as unknown) : frame.byteLength),
    }
    const world = await openWorld({ codec: lengths })
    world.network.last.receive(new Uint8Array(5))
    world.hear('1')
    world.network.last.receive(new Uint8Array(2))
    expect(world.news()).toEqual([received(5), received(1), received(2)])
  })
})

describe('a message that is too much', () => {
  it('of 9 MiB is an error action, not parsed, and the socket stays up', async () => {
    const world = await openWorld()
    world.hear(`"${'x'.repeat(9 * MiB)}"`)
    expect(world.news()).toEqual([problem('message_too_large', `"${'x'.repeat(99)}`)])
    expectToGoOn(world)
  })

  it('of 8 MiB is not', async () => {
    const world = await openWorld()
    world.hear(`"${'x'.repeat(8 * MiB - 2)}"`)
    expect(world.news()).toHaveLength(1)
    expect(world.state().error).toBeNull()
  })

  it.each<[what: string, frame: string | Uint8Array, outcome: 'taken' | 'refused']>([
    ['as many characters', '"xxxxxxxx"', 'taken'],
    ['one character more', '"xxxxxxxxx"', 'refused'],
    ['as many bytes in fewer characters', '"\u00e9\u00e9\u00e9\u00e9"', 'taken'],
    ['more bytes in fewer characters', '"\u20ac\u20ac\u20ac"', 'refused'],
    ['more bytes, not text', new Uint8Array(11), 'refused'],
  ])('is counted in bytes of UTF-8: %s', async (_what, frame, outcome) => {
    const world = await openWorld({ maxMessageBytes: 10 })
    world.network.last.receive(frame)
    const [action] = world.news()
    expect(action?.type).toBe({ taken: socketMessage.type, refused: socketError.type }[outcome])
  })

  it('a nesting that overflows the stack of RTK’s own check is reported once, and the socket stays up', async () => {
    const world = await openWorld()
    world.hear(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(world.news().at(-1)).toEqual(problem('callback_failed'))
    expect(world.recorder.count(socketError)).toBe(1)
    expectToGoOn(world)
  })
})

describe('what the app accepts', () => {
  it('R6 becomes the action that it says, and nothing but type, payload and error comes through', async () => {
    const world = await openWorld({ accept: posted, autoBatch: false })
    world.hearJson({ type: 'posts/created', payload: { id: 1 }, error: true, meta: { socket: 'default', x: 1 }, y: 2 })
    expect(world.news()).toEqual([
      { type: 'posts/created', payload: { id: 1 }, error: true, meta: { receivedFrom: 'default' } },
    ])
  })

  it.each([0, '', false, null])('keeps a payload of %j, and of an error', async (falsy) => {
    const world = await openWorld({ accept: posted, autoBatch: false })
    world.hearJson({ type: 'posts/created', payload: falsy, error: falsy })
    expect(world.news()).toEqual([
      { type: 'posts/created', payload: falsy, error: falsy, meta: { receivedFrom: 'default' } },
    ])
  })

  it('has no payload where the message had none', async () => {
    const world = await openWorld({ accept: posted, autoBatch: false })
    world.hearJson({ type: 'posts/created' })
    expect(world.news()).toStrictEqual([{ type: 'posts/created', meta: { receivedFrom: 'default' } }])
  })

  it('is known as received, on this connection', async () => {
    const world = await openWorld({ accept: posted })
    world.hearJson(posted(1))
    const [action] = world.news()
    expect([isReceived(action), isReceived(action, 'default'), isReceived(action, 'prices')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    ['a type that no rule claims', { type: 'posts/removed' }],
    ['a type that is no text', { type: 7 }],
    ['an object without a type', { payload: 1 }],
    ['an array', [{ type: 'posts/created' }]],
  ])('leaves %s a socketMessage', async (_what, message) => {
    const world = await openWorld({ accept: posted })
    world.hearJson(message)
    expect(world.news()).toEqual([received(message)])
  })

  const reservedTypes = [
    'socket/send',
    'socket/opened',
    'socket:prices/closed',
    '@@INIT',
    '@@redux/REPLACE',
    '__rtkq/focused',
    'listenerMiddleware/removeAll',
    'dynamicMiddleware/add',
    'persist/REHYDRATE',
  ]

  it.each(reservedTypes)('M6 never is %s, even under accept: /.*/', async (type) => {
    const world = await openWorld({ accept: /.*/ })
    world.hearJson({ type, payload: {}, meta: { socket: 'default' } })
    expect(world.news()).toEqual([problem('reserved_type')])
    expect(world.sent()).toEqual([])
    expectToGoOnAccepting(world)
  })

  const expectToGoOnAccepting = (world: World): void => {
    world.hearJson(posted(1))
    expect(world.news()).toEqual([expect.objectContaining({ type: 'posts/created' })])
  }

  it('never has a type of the app’s own reserved prefixes', async () => {
    const world = await openWorld({ accept: /.*/, reserved: ['api/'] })
    world.hearJson({ type: 'api/executeQuery/fulfilled' })
    world.hearJson({ type: 'apinot/a' })
    expect(world.news()).toEqual([problem('reserved_type'), expect.objectContaining({ type: 'apinot/a' })])
  })

  it('a reserved type that no rule claims is a message, and does nothing', async () => {
    const world = await openWorld({ accept: posted })
    world.hearJson({ type: 'socket/close', payload: { code: 1000, reason: '' } })
    expect(world.news()).toEqual([received({ type: 'socket/close', payload: { code: 1000, reason: '' } })])
    expect(world.state().status).toBe('open')
  })
})

describe('toActions', () => {
  const kind = 'posts/created'
  const act = (payload: unknown): UnknownAction => ({ type: kind, payload })
  const mapped = (payload: unknown): object => ({ ...act(payload), meta: { receivedFrom: 'default' } })

  it.each<[shape: string, result: Action | readonly Action[], actions: object[]]>([
    ['one action', act(1), [mapped(1)]],
    ['a list of one', [act(1)], [mapped(1)]],
    ['several, in order', [act(1), act(2), act(3)], [mapped(1), mapped(2), mapped(3)]],
    ['none at all: the message is gone', [], []],
    [
      'a meta of its own, kept',
      { ...act(1), meta: { at: 5 } } as Action,
      [{ ...act(1), meta: { at: 5, receivedFrom: 'default' } }],
    ],
  ])('may give %s', async (_shape, result, actions) => {
    const world = await openWorld({ toActions: () => result, autoBatch: false })
    world.hearJson('anything')
    expect(world.news()).toEqual(actions)
  })

  it('leaves a socketMessage what it gives nothing for', async () => {
    const world = await openWorld({
      toActions: (message) => (message === 'mine' ? act(message) : undefined),
      autoBatch: false,
    })
    world.hearJson('mine')
    world.hearJson('other')
    expect(world.news()).toEqual([mapped('mine'), received('other')])
  })

  it('gets what no accept rule claims, and falsy messages as they are', async () => {
    const seen: unknown[] = []
    const world = await openWorld({
      accept: posted,
      toActions: (message) => {
        seen.push(message)
        return undefined
      },
    })
    for (const message of [posted(1), 0, '', false, null]) world.hearJson(message)
    expect(seen).toEqual([0, '', false, null])
  })

  it.each([
    ['one of our commands', { type: 'socket/close', payload: { code: 1000, reason: '' }, meta: { socket: 'default' } }],
    ['an action of Redux itself', { type: '@@redux/INIT' }],
    ["one of RTK's", { type: 'listenerMiddleware/removeAll' }],
  ])('cannot be made to pass on %s', async (_what, action) => {
    const world = await openWorld({ toActions: (message) => message as Action })
    world.hearJson(action)
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['reserved_type'])
    expect(world.recorder.types).not.toContain(action.type)
    expect(world.state().status).toBe('open')
  })

  it.each<[what: string, result: unknown]>([
    ['a text', 'posts/created'],
    ['true', true],
    ['an action without a type', {}],
    ['a list with a null in it', [null]],
  ])('that gives %s is reported once, and the next message arrives', async (_what, result) => {
    const world = await openWorld({ toActions: (message) => (message === 'bad' ? (result as Action) : undefined) })
    world.hearJson('bad')
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_action'])
    expectToGoOn(world)
  })
})

describe('R6 a callback that throws on one message is reported exactly once, and the next arrives', () => {
  const fail = (message: unknown): void => {
    if ((message as { payload?: unknown } | null)?.payload === 'bad') throw new Error('no, not that')
  }

  const bad = { type: 'posts/created', payload: 'bad' }

  it.each<[who: string, says: string, options: StoreOptions]>([
    [
      'a reducer',
      '"dispatch(posts/created)" threw: no, not that',
      {
        accept: posted,
        reducer: {
          posts: (state = 0, action) => {
            fail(action)
            return state as unknown
          },
        },
      },
    ],
    [
      'an accept rule',
      '"accept" threw: no, not that',
      {
        accept: (message) => {
          fail(message)
          return false
        },
      },
    ],
    [
      'toActions',
      '"toActions" threw: no, not that',
      {
        toActions: (message) => {
          fail(message)
          return undefined
        },
      },
    ],
  ])('%s', async (_who, says, options) => {
    const world = await openWorld(options)
    world.hearJson(bad)
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: says },
    ])
    expectToGoOn(world)
  })

  it('a subscriber of the store', async () => {
    const world = await openWorld({ accept: posted, autoBatch: false })
    let thrown = 0
    const stop = world.store.subscribe(() => {
      if (world.recorder.all.at(-1)?.['payload'] !== 'bad' || thrown++ > 0) return
      throw new Error('no, not that')
    })
    world.hearJson(bad)
    stop()
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: '"dispatch(posts/created)" threw: no, not that' },
    ])
    expectToGoOn(world)
  })

  it.each<[what: string, thrown: unknown, message: string]>([
    ['a text', 'gone', 'gone'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object that is no Error', { code: 5 }, '[object Object]'],
  ])('whatever it throws: %s', async (_what, thrown, message) => {
    const world = await openWorld({
      toActions: () => {
        throw thrown
      },
    })
    world.hearJson(1)
    expect(world.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: `"toActions" threw: ${message}` },
    ])
  })

  it('also an object that cannot even be made a text', async () => {
    const world = await openWorld({
      toActions: (message) => {
        if (message === 'bad') throw Object.create(null)
        return undefined
      },
    })
    expect(() => world.hearJson('bad')).not.toThrow()
    expectToGoOn(world)
  })

  it('a reducer that throws at the report as well is told to the console', async () => {
    const world = await openWorld({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketMessage.type || type === socketError.type) throw new Error('never')
          return state as unknown
        },
      },
    })
    world.hearJson(1)
    expect(takeCallbackErrors()).toEqual([new Error('never')])
    expect(world.state().status).toBe('open')
  })
})

describe('R6 a codec that throws', () => {
  const codecThat = (thrown: unknown): Codec<never> => ({
    encode: () => '',
    decode: (frame) => {
      if (frame !== 'bad') return JSON.parse(frame as string) as unknown
      throw thrown
    },
  })

  it.each<[what: string, thrown: unknown, payload: object]>([
    ['an Error', new Error('no'), { code: 'invalid_frame', message: 'no' }],
    [
      'an Error with a code of its own',
      Object.assign(new Error('no'), { code: 'bad_magic' }),
      { code: 'bad_magic', message: 'no' },
    ],
    ['a text', 'no', { code: 'invalid_frame', message: 'no' }],
    ['null', null, { code: 'invalid_frame', message: 'null' }],
    ['undefined', undefined, { code: 'invalid_frame', message: 'undefined' }],
    [
      'a DOMException, whose code is a number',
      new DOMException('no', 'InvalidCharacterError'),
      { code: 'invalid_frame', message: expect.stringMatching(/no$/) },
    ],
  ])('%s is an error action, and the socket stays up', async (_what, thrown, payload) => {
    const world = await openWorld({ codec: codecThat(thrown) })
    expect(() => world.hear('bad')).not.toThrow()
    expect(world.recorder.of(socketError).map((action) => action.payload)).toEqual([{ ...payload, excerpt: 'bad' }])
    expectToGoOn(world)
  })
})

describe('the auto-batch mark', () => {
  const setVisibility = (visibilityState: string): void => {
    Object.defineProperty(globalThis, 'document', { value: { visibilityState }, configurable: true })
  }
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'document')
  })

  const marks = async (options: StoreOptions, visibility?: string): Promise<unknown[]> => {
    const world = await openWorld({ accept: posted, ...options })
    if (visibility !== undefined) setVisibility(visibility)
    world.hearJson(posted(1))
    world.hearJson('other')
    return world.news().map(({ meta }) => (meta as Record<string, unknown>)['RTK_autoBatch'])
  }

  it('is on what was received while the page is visible', async () => {
    expect(await marks({}, 'visible')).toEqual([true, true])
  })

  it('is on it where there is no page', async () => {
    expect(await marks({})).toEqual([true, true])
  })

  it('is not there while the page is hidden: no animation frame would come', async () => {
    expect(await marks({}, 'hidden')).toEqual([undefined, undefined])
  })

  it('is on what toActions gives', async () => {
    expect(await marks({ accept: [], toActions: () => [posted(1), posted(2)] })).toEqual([true, true, true, true])
  })

  it('is off with autoBatch: false', async () => {
    expect(await marks({ autoBatch: false }, 'visible')).toEqual([undefined, undefined])
  })

  it('is on no event of the socket itself', async () => {
    const world = await openWorld()
    world.hear('{')
    const events = world.recorder.all.filter(({ type }) => type !== socketMessage.type)
    expect(events.filter(({ meta }) => Object.hasOwn(meta as object, 'RTK_autoBatch'))).toEqual([])
  })

  it('makes one notification of a burst, with every action reduced in order', async () => {
    const world = await openWorld({
      reducer: {
        seen: (seen: number[] = [], action) => (posted.match(action) ? [...seen, action.payload as number] : seen),
      },
      accept: posted,
    })
    await passTime(100)
    let notified = 0
    world.store.subscribe(() => notified++)
    for (let index = 0; index < 100; index++) world.hearJson(posted(index))
    expect(world.app()['seen']).toEqual(Array.from({ length: 100 }, (_, index) => index))
    await passTime(100)
    expect(notified).toBe(1)
  })
})

describe('order', () => {
  it('messages arrive as they were sent, whatever becomes of each', async () => {
    const world = await openWorld({
      accept: posted,
      toActions: (message) => (message === 'm' ? posted('mapped') : undefined),
    })
    for (const source of ['1', '{', '{"type":"posts/created","payload":2}', '"m"', '3']) world.hear(source)
    expect(world.news()).toEqual([
      received(1),
      problem('invalid_frame', '{'),
      expect.objectContaining({ type: 'posts/created', payload: 2 }),
      expect.objectContaining({ type: 'posts/created', payload: 'mapped' }),
      received(3),
    ])
  })
})
