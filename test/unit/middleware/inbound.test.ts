import { afterEach, describe, expect, it } from '@jest/globals'
import { createAction, type Action, type ThunkAction, type UnknownAction } from '@reduxjs/toolkit'
import {
  isReceived,
  json,
  socketClose,
  socketError,
  socketMessage,
  text,
  type Codec,
  type SerializedSocketError,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takeCallbackErrors, takePrinted } from '../../support/leaks.js'
import { setupOpenStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'
import { isDevelopment, sentence } from '../../support/mode.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const MiB = 1024 * 1024

/** Checks that the socket is open, and that the next message is delivered. */
const expectToGoOn = (store: TestStore): void => {
  expect(store.state().status).toBe('open')
  store.takeActions()
  store.receiveJson('the next message')
  expect(store.takeActions()).toEqual([
    expect.objectContaining({ type: socketMessage.type, payload: 'the next message' }),
  ])
}

const received = (payload: unknown): unknown => expect.objectContaining({ type: socketMessage.type, payload })

const problem = (code: string, excerpt?: string): unknown => {
  const payload = expect.objectContaining({ code, ...(excerpt !== undefined && { excerpt }) })
  return expect.objectContaining({ type: socketError.type, payload, meta: { socket: 'default' } })
}

describe('a text frame', () => {
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
  ])('%j is parsed, and becomes one action', async (source, payload) => {
    const store = await setupOpenStore()
    store.receive(source)
    expect(store.takeActions()).toEqual([received(payload)])
    expectToGoOn(store)
  })

  it.each(['{', '{"a":1', "{'a':1}", 'undefined', 'NaN', '\u0000', 'pong', 'ping '])(
    '%j is malformed: an error action, and the socket stays open',
    async (source) => {
      const store = await setupOpenStore()
      store.receive(source)
      expect(store.takeActions()).toEqual([problem('invalid_frame', source)])
      expect(store.state().error).toEqual({ code: 'invalid_frame', message: expect.any(String) })
      expectToGoOn(store)
    },
  )

  it('that is malformed has its first 100 characters in the error', async () => {
    const store = await setupOpenStore()
    store.receive(`{${'x'.repeat(5_000)}`)
    expect(store.takeActions()).toEqual([problem('invalid_frame', `{${'x'.repeat(99)}`)])
  })
})

describe('the text ping', () => {
  it('is answered with pong, never parsed, never dispatched', async () => {
    const store = await setupOpenStore()
    store.receive('ping')
    expect(store.sent()).toEqual(['pong'])
    expect(store.takeActions()).toEqual([])
    expectToGoOn(store)
  })

  it('may be another text, and so may the answer', async () => {
    const store = await setupOpenStore({ respondToPing: { ping: '{"type":"?"}', pong: '{"type":"!"}' } })
    store.receive('{"type":"?"}')
    expect(store.sent()).toEqual(['{"type":"!"}'])
    expect(store.takeActions()).toEqual([])
    store.receive('ping')
    expect(store.takeActions()).toEqual([problem('invalid_frame', 'ping')])
  })

  it('keeps the default of the text that is not given', async () => {
    const store = await setupOpenStore({ respondToPing: { ping: '?' } })
    store.receive('?')
    expect(store.sent()).toEqual(['pong'])
  })

  it('is a message with respondToPing: false', async () => {
    const store = await setupOpenStore({ respondToPing: false })
    store.receive('ping')
    expect(store.sent()).toEqual([])
    expect(store.takeActions()).toEqual([problem('invalid_frame', 'ping')])
  })

  it('is a message under text(), unless the option is given', async () => {
    const plain = await setupOpenStore({ codec: text() })
    plain.receive('ping')
    expect(plain.takeActions()).toEqual([received('ping')])
    expect(plain.sent()).toEqual([])
    const respondsToPing = await setupOpenStore({ codec: text(), respondToPing: {} })
    respondsToPing.receive('ping')
    expect(respondsToPing.takeActions()).toEqual([])
    expect(respondsToPing.sent()).toEqual(['pong'])
  })
})

describe('a message that would pollute prototypes', () => {
  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '{"a":[{"__proto__":null}]}',
    String.raw`{"\u005f\u005fproto\u005f\u005f":{"isAdmin":true}}`,
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"type":"posts/created","payload":{"__proto__":{"isAdmin":true}}}',
  ])('%s is an error action, and the socket stays open', async (source) => {
    const store = await setupOpenStore({ accept: posted })
    store.receive(source)
    expect(store.takeActions()).toEqual([problem('invalid_frame', source.slice(0, 100))])
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
    expectToGoOn(store)
  })
})

describe('a binary frame', () => {
  it('never reaches JSON.parse: the action has a handle, and readBinary returns the bytes', async () => {
    const store = await setupOpenStore()
    store.network.last.sendRaw(Buffer.from('{"a":1}'))
    const [action] = store.takeActions() as unknown as { payload: { id: string } }[]
    expect(action).toEqual(received({ id: expect.any(String), byteLength: 7, type: '' }))
    expect(Buffer.from(store.socket.readBinary(action!.payload.id) as ArrayBuffer).toString()).toBe('{"a":1}')
    expectToGoOn(store)
  })

  it('that the codec refuses is an error action without an excerpt, and the socket stays open', async () => {
    const store = await setupOpenStore({ codec: text() })
    store.network.last.sendRaw(Buffer.from('{"a":1}'))
    const [action] = store.takeActions()
    expect(action).toEqual(problem('unsupported_frame'))
    expect((action as unknown as { payload: SerializedSocketError }).payload).not.toHaveProperty('excerpt')
    expect(store.state().status).toBe('open')
  })

  it('becomes what the codec decodes', async () => {
    const lengths: Codec = {
      ...json(),
      decode: (frame) => (typeof frame === 'string' ? (JSON.parse(frame) as unknown) : frame.byteLength),
    }
    const store = await setupOpenStore({ codec: lengths })
    store.network.last.sendRaw(new Uint8Array(5))
    store.receive('1')
    store.network.last.sendRaw(new Uint8Array(2))
    expect(store.takeActions()).toEqual([received(5), received(1), received(2)])
  })
})

describe('a message that is too large', () => {
  it('of 9 MiB is an error action, not parsed, and the socket stays open', async () => {
    const store = await setupOpenStore()
    store.receive(`"${'x'.repeat(9 * MiB)}"`)
    expect(store.takeActions()).toEqual([problem('message_too_large', `"${'x'.repeat(99)}`)])
    expectToGoOn(store)
  })

  it('is accepted with 8 MiB', async () => {
    const store = await setupOpenStore()
    store.receive(`"${'x'.repeat(8 * MiB - 2)}"`)
    expect(store.takeActions()).toHaveLength(1)
    expect(store.state().error).toBeNull()
  })

  it.each<[what: string, frame: string | Uint8Array, outcome: 'taken' | 'refused']>([
    ['as many characters', '"xxxxxxxx"', 'taken'],
    ['one character more', '"xxxxxxxxx"', 'refused'],
    ['as many bytes in fewer characters', '"\u00e9\u00e9\u00e9\u00e9"', 'taken'],
    ['more bytes in fewer characters', '"\u20ac\u20ac\u20ac"', 'refused'],
    ['more bytes, binary', new Uint8Array(11), 'refused'],
  ])('is measured in bytes of UTF-8: %s', async (_what, frame, outcome) => {
    const store = await setupOpenStore({ maxMessageBytes: 10 })
    store.network.last.sendRaw(frame)
    const [action] = store.takeActions()
    expect(action?.type).toBe({ taken: socketMessage.type, refused: socketError.type }[outcome])
  })

  it('for the stack of RTK’s own check is reported once, and the socket stays open', async () => {
    const codec = { ...json(), decode: (frame: unknown): unknown => JSON.parse(String(frame)) }
    const store = await setupOpenStore({ codec })
    store.receive(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(store.takeActions().at(-1)).toEqual(problem('callback_failed'))
    expect(store.recorder.count(socketError)).toBe(1)
    expectToGoOn(store)
  })
})

describe('a message that accept matches', () => {
  it('becomes an action with its type, payload and error, and nothing else', async () => {
    const store = await setupOpenStore({ accept: posted, autoBatch: false })
    store.receiveJson({
      type: 'posts/created',
      payload: { id: 1 },
      error: true,
      meta: { socket: 'default', x: 1 },
      y: 2,
    })
    expect(store.takeActions()).toEqual([
      { type: 'posts/created', payload: { id: 1 }, error: true, meta: { receivedFrom: 'default' } },
    ])
  })

  it.each([0, '', false, null])('keeps a payload of %j, and an error of it', async (falsy) => {
    const store = await setupOpenStore({ accept: posted, autoBatch: false })
    store.receiveJson({ type: 'posts/created', payload: falsy, error: falsy })
    expect(store.takeActions()).toEqual([
      { type: 'posts/created', payload: falsy, error: falsy, meta: { receivedFrom: 'default' } },
    ])
  })

  it('has no payload where the message had none', async () => {
    const store = await setupOpenStore({ accept: posted, autoBatch: false })
    store.receiveJson({ type: 'posts/created' })
    expect(store.takeActions()).toStrictEqual([{ type: 'posts/created', meta: { receivedFrom: 'default' } }])
  })

  it('is known as received, on this connection', async () => {
    const store = await setupOpenStore({ accept: posted })
    store.receiveJson(posted(1))
    const [action] = store.takeActions()
    expect([isReceived(action), isReceived(action, 'default'), isReceived(action, 'prices')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    ['a type that no rule matches', { type: 'posts/removed' }],
    ['a type that is not a text', { type: 7 }],
    ['an object without a type', { payload: 1 }],
    ['an array', [{ type: 'posts/created' }]],
  ])('is a socketMessage for %s', async (_what, message) => {
    const store = await setupOpenStore({ accept: posted })
    store.receiveJson(message)
    expect(store.takeActions()).toEqual([received(message)])
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

  it.each(reservedTypes)('never has the reserved type %s, even with accept: /.*/', async (type) => {
    const store = await setupOpenStore({ accept: /.*/ })
    store.receiveJson({ type, payload: {}, meta: { socket: 'default' } })
    expect(store.takeActions()).toEqual([problem('reserved_type')])
    expect(store.sent()).toEqual([])
    expectToGoOnAccepting(store)
  })

  const expectToGoOnAccepting = (store: TestStore): void => {
    store.receiveJson(posted(1))
    expect(store.takeActions()).toEqual([expect.objectContaining({ type: 'posts/created' })])
  }

  it('never has a type with the app’s own reserved prefixes', async () => {
    const store = await setupOpenStore({ accept: /.*/, reserved: ['api/'] })
    store.receiveJson({ type: 'api/executeQuery/fulfilled' })
    store.receiveJson({ type: 'apinot/a' })
    expect(store.takeActions()).toEqual([problem('reserved_type'), expect.objectContaining({ type: 'apinot/a' })])
  })

  it('is a socketMessage without effect when no rule matches its reserved type', async () => {
    const store = await setupOpenStore({ accept: posted })
    store.receiveJson({ type: 'socket/close', payload: { code: 1000, reason: '' } })
    expect(store.takeActions()).toEqual([received({ type: 'socket/close', payload: { code: 1000, reason: '' } })])
    expect(store.state().status).toBe('open')
  })
})

describe('toActions', () => {
  const kind = 'posts/created'
  const act = (payload: unknown): UnknownAction => ({ type: kind, payload })
  const mapped = (payload: unknown): object => ({ ...act(payload), meta: { receivedFrom: 'default' } })

  it.each<[shape: string, result: Action | readonly Action[], actions: object[]]>([
    ['one action', act(1), [mapped(1)]],
    ['an array of one', [act(1)], [mapped(1)]],
    ['several, in order', [act(1), act(2), act(3)], [mapped(1), mapped(2), mapped(3)]],
    ['an empty array: the message is dropped', [], []],
    [
      'a meta of its own, which is kept',
      { ...act(1), meta: { at: 5 } } as Action,
      [{ ...act(1), meta: { at: 5, receivedFrom: 'default' } }],
    ],
  ])('may return %s', async (_shape, result, actions) => {
    const store = await setupOpenStore({ toActions: () => result, autoBatch: false })
    store.receiveJson('anything')
    expect(store.takeActions()).toEqual(actions)
  })

  it('leaves a message for which it returns undefined a socketMessage', async () => {
    const store = await setupOpenStore({
      toActions: (message) => (message === 'mine' ? act(message) : undefined),
      autoBatch: false,
    })
    store.receiveJson('mine')
    store.receiveJson('other')
    expect(store.takeActions()).toEqual([mapped('mine'), received('other')])
  })

  it('gets what no accept rule matches, and falsy messages unchanged', async () => {
    const seen: unknown[] = []
    const store = await setupOpenStore({
      accept: posted,
      toActions: (message) => {
        seen.push(message)
        return undefined
      },
    })
    for (const message of [posted(1), 0, '', false, null]) store.receiveJson(message)
    expect(seen).toEqual([0, '', false, null])
  })

  it.each([
    [
      'a command of the library',
      { type: 'socket/close', payload: { code: 1000, reason: '' }, meta: { socket: 'default' } },
    ],
    ['an action of Redux itself', { type: '@@redux/INIT' }],
    ['an action of RTK', { type: 'listenerMiddleware/removeAll' }],
  ])('cannot return %s', async (_what, action) => {
    const store = await setupOpenStore({ toActions: (message) => message as Action })
    store.receiveJson(action)
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['reserved_type'])
    expect(store.recorder.types).not.toContain(action.type)
    expect(store.state().status).toBe('open')
  })

  it('may return thunks, alone and among actions, which run in their order', async () => {
    const thunk: ThunkAction<unknown, unknown, unknown, UnknownAction> = (dispatch, getState, extra) => {
      dispatch({ type: 'app/thunk', payload: [Object.keys(getState() as object), extra] })
    }
    const store = await setupOpenStore({
      toActions: (message) => (message === 'one' ? thunk : [act('first'), thunk, act('last')]) as Action[],
      extraArgument: 'extra',
    })
    store.receiveJson('one')
    const dispatched = { type: 'app/thunk', payload: [['socket'], 'extra'] }
    expect(store.takeActions()).toEqual([dispatched])
    store.receiveJson('several')
    expect(store.takeActions()).toMatchObject([mapped('first'), dispatched, mapped('last')])
  })

  it('may return a thunk that dispatches a command', async () => {
    const store = await setupOpenStore({ toActions: () => (dispatch) => void dispatch(socketClose()) })
    store.receiveJson('end')
    await advanceTime(1)
    expect(store.state().status).toBe('closed')
  })

  it.each<[how: string, thunk: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('no'))],
  ])('that returns a thunk that %s is reported once, and the next message is delivered', async (_how, thunk) => {
    const store = await setupOpenStore({ toActions: (message) => (message === 'bad' ? (thunk as never) : undefined) })
    store.receiveJson('bad')
    await advanceTime()
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"toActions" threw: no') },
    ])
    expectToGoOn(store)
  })

  it.each<[what: string, result: unknown]>([
    ['a text', 'posts/created'],
    ['a number', 7],
    ['true', true],
    ['a promise', Promise.resolve({ type: 'a' })],
    ['an action without a type', {}],
    ['an array with a null in it', [null]],
  ])('that returns %s is reported once, and the next message is delivered', async (_what, result) => {
    const store = await setupOpenStore({ toActions: (message) => (message === 'bad' ? (result as Action) : undefined) })
    store.receiveJson('bad')
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['invalid_action'])
    expectToGoOn(store)
  })
})

describe('a callback that throws for one message is reported once, and the next is delivered', () => {
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
    const store = await setupOpenStore(options)
    store.receiveJson(bad)
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence(says) },
    ])
    expectToGoOn(store)
  })

  it('a subscriber of the store', async () => {
    const store = await setupOpenStore({ accept: posted, autoBatch: false })
    let thrown = 0
    const stop = store.store.subscribe(() => {
      if (store.recorder.all.at(-1)?.['payload'] !== 'bad' || thrown++ > 0) return
      throw new Error('no, not that')
    })
    store.receiveJson(bad)
    stop()
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence('"dispatch(posts/created)" threw: no, not that') },
    ])
    expectToGoOn(store)
  })

  it.each<[what: string, thrown: unknown, message: string]>([
    ['a text', 'gone', 'gone'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object that is not an Error', { code: 5 }, '[object Object]'],
  ])('whatever it throws: %s', async (_what, thrown, message) => {
    const store = await setupOpenStore({
      toActions: () => {
        throw thrown
      },
    })
    store.receiveJson(1)
    expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
      { code: 'callback_failed', message: sentence(`"toActions" threw: ${message}`) },
    ])
  })

  it('even an object that cannot become a text', async () => {
    const store = await setupOpenStore({
      toActions: (message) => {
        if (message === 'bad') throw Object.create(null)
        return undefined
      },
    })
    expect(() => store.receiveJson('bad')).not.toThrow()
    expectToGoOn(store)
  })

  it('is printed on the console when a reducer throws at the report too', async () => {
    const store = await setupOpenStore({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketMessage.type || type === socketError.type) throw new Error('never')
          return state as unknown
        },
      },
    })
    store.receiveJson(1)
    const printed = isDevelopment ? takeCallbackErrors() : takePrinted()
    expect(printed.map(String)).toEqual([expect.stringContaining('never')])
    expect(store.state().status).toBe('open')
  })
})

describe('a codec that throws', () => {
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
  ])('%s is an error action, and the socket stays open', async (_what, thrown, payload) => {
    const store = await setupOpenStore({ codec: codecThat(thrown) })
    expect(() => store.receive('bad')).not.toThrow()
    expect(store.recorder.of(socketError).map((action) => action.payload)).toEqual([{ ...payload, excerpt: 'bad' }])
    expectToGoOn(store)
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
    const store = await setupOpenStore({ accept: posted, ...options })
    if (visibility !== undefined) setVisibility(visibility)
    store.receiveJson(posted(1))
    store.receiveJson('other')
    return store.takeActions().map(({ meta }) => (meta as Record<string, unknown>)['RTK_autoBatch'])
  }

  it('is on received actions while the page is visible', async () => {
    expect(await marks({}, 'visible')).toEqual([true, true])
  })

  it('is on them where there is no page', async () => {
    expect(await marks({})).toEqual([true, true])
  })

  it('is missing while the page is hidden, because it gets no animation frame', async () => {
    expect(await marks({}, 'hidden')).toEqual([undefined, undefined])
  })

  it('is on actions that toActions returns', async () => {
    expect(await marks({ accept: [], toActions: () => [posted(1), posted(2)] })).toEqual([true, true, true, true])
  })

  it('is missing with autoBatch: false', async () => {
    expect(await marks({ autoBatch: false }, 'visible')).toEqual([undefined, undefined])
  })

  it('is missing on the events of the connection', async () => {
    const store = await setupOpenStore()
    store.receive('{')
    const events = store.recorder.all.filter(({ type }) => type !== socketMessage.type)
    expect(events.filter(({ meta }) => Object.hasOwn(meta as object, 'RTK_autoBatch'))).toEqual([])
  })

  it('leads to one notification for a burst, with every action reduced in order', async () => {
    const store = await setupOpenStore({
      reducer: {
        seen: (seen: number[] = [], action) => (posted.match(action) ? [...seen, action.payload as number] : seen),
      },
      accept: posted,
    })
    await advanceTime(100)
    let notified = 0
    store.store.subscribe(() => notified++)
    for (let index = 0; index < 100; index++) store.receiveJson(posted(index))
    expect(store.app()['seen']).toEqual(Array.from({ length: 100 }, (_, index) => index))
    await advanceTime(100)
    expect(notified).toBe(1)
  })
})

describe('messages', () => {
  it('are delivered in the order in which they were sent, whatever becomes of each', async () => {
    const store = await setupOpenStore({
      accept: posted,
      toActions: (message) => (message === 'm' ? posted('mapped') : undefined),
    })
    for (const source of ['1', '{', '{"type":"posts/created","payload":2}', '"m"', '3']) store.receive(source)
    expect(store.takeActions()).toEqual([
      received(1),
      problem('invalid_frame', '{'),
      expect.objectContaining({ type: 'posts/created', payload: 2 }),
      expect.objectContaining({ type: 'posts/created', payload: 'mapped' }),
      received(3),
    ])
  })
})
