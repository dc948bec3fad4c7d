import { describe, expect, it } from '@jest/globals'
import { createAction, type UnknownAction } from '@reduxjs/toolkit'
import { socketClose, socketDropped, socketError, socketSend, text, type Codec, type Rule } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { takePrinted } from '../../support/leaks.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'
import { sentence } from '../../support/mode.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const typed = createAction<unknown>('posts/typed')

const sentJson = (store: TestStore): unknown[] => store.sent().map((frame) => JSON.parse(frame as string) as unknown)
const dropsOf = (store: TestStore): unknown[] => store.recorder.of(socketDropped).map(({ payload }) => payload)
const errorsOf = (store: TestStore): unknown[] => store.recorder.of(socketError).map(({ payload }) => payload)

describe('socketSend', () => {
  it.each<[value: unknown, frame: string]>([
    [{ a: [1] }, '{"a":[1]}'],
    ['ping', '"ping"'],
    [0, '0'],
    ['', '""'],
    [false, 'false'],
    [null, 'null'],
    ['\ud800', String.raw`"\ud800"`],
  ])('stringifies %j and sends it', async (value, frame) => {
    const store = await setupOpenStore()
    expect(store.dispatch(socketSend(value))).toEqual({ id: expect.any(String), delivery: 'sent' })
    expect(store.sent()).toEqual([frame])
  })

  it('creates an id for every send, or uses the given one', async () => {
    const store = await setupOpenStore()
    const ids = [1, 2, 3].map((value) => store.dispatch(socketSend(value)).id)
    expect(new Set(ids).size).toBe(3)
    expect(store.dispatch(socketSend(4, { id: 'mine' }))).toEqual({ id: 'mine', delivery: 'sent' })
  })

  it('reaches the reducers with its id and its delivery', async () => {
    const store = await setupOpenStore()
    store.dispatch(socketSend(1, { id: 'mine', ttl: 5 }))
    expect(store.takeActions()).toEqual([
      { type: socketSend.type, payload: 1, meta: { socket: 'default', id: 'mine', ttl: 5, delivery: 'sent' } },
    ])
  })

  it('has its id in the drop', async () => {
    const store = await setupOpenStore()
    await advanceTime()
    void store.dispatch(socketClose())
    await advanceTime()
    expect(store.dispatch(socketSend(1, { id: 'late' }))).toEqual({ id: 'late', delivery: 'dropped', reason: 'closed' })
    expect(dropsOf(store)).toEqual([{ reason: 'closed', ids: ['late'], count: 1 }])
  })
})

describe('a value that the codec cannot carry', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle

  it.each<[what: string, value: unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', 1n],
    ['a symbol', Symbol('a')],
  ])('is dropped as invalid and reported, and the socket stays open: %s', async (_what, value) => {
    const store = await setupOpenStore()
    const result = store.dispatch(socketSend(value, { id: 'bad' }))
    expect(result).toEqual({ id: 'bad', delivery: 'dropped', reason: 'invalid' })
    expect(store.sent()).toEqual([])
    expect(errorsOf(store)).toEqual([
      { code: 'encode_failed', message: sentence(/^The codec cannot encode a message: ./) },
    ])
    expect(dropsOf(store)).toEqual([{ reason: 'invalid', ids: ['bad'], count: 1 }])
    store.dispatch(socketSend('next'))
    expect(store.sent()).toEqual(['"next"'])
  })

  it('is reported after the send itself: error, then drop', async () => {
    const store = await setupOpenStore()
    store.dispatch(socketSend(undefined))
    expect(store.takeActions().map(({ type }) => type)).toEqual([socketSend.type, socketError.type, socketDropped.type])
  })

  it('is not queued either', () => {
    const store = setupStore()
    expect(store.dispatch(socketSend(undefined))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
  })

  it('is anything but a text under text()', async () => {
    const store = await setupOpenStore({ codec: text() })
    expect(store.dispatch(socketSend({ a: 1 }))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(store.dispatch(socketSend('{'))).toMatchObject({ delivery: 'sent' })
    expect(store.sent()).toEqual(['{'])
  })

  it.each<[what: string, thrown: unknown, says: string]>([
    ['null', null, 'null'],
    ['an Error', new Error('no'), 'no'],
  ])('is dropped when the codec throws %s', async (_what, thrown, says) => {
    const codec: Codec<never> = {
      decode: () => 1,
      encode: () => {
        throw thrown
      },
    }
    const store = await setupOpenStore({ codec })
    expect(store.dispatch(socketSend(1))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(errorsOf(store)).toEqual([
      { code: 'encode_failed', message: sentence(`The codec cannot encode a message: ${says}`) },
    ])
  })
})

describe('an action that the app forwards', () => {
  const rules: [kind: string, rule: Rule | Rule[]][] = [
    ['an action creator', posted],
    ['a type', 'posts/created'],
    ['a RegExp', /posts\/c.+/g],
    ['a predicate', ({ type }) => type === 'posts/created'],
    ['one of several', ['other', posted]],
  ]

  it.each(rules)('is sent and reduced when it matches %s; others are only reduced', async (_kind, forward) => {
    const store = await setupOpenStore({ forward })
    store.dispatch(posted({ id: 1 }))
    store.dispatch(typed(2))
    expect(sentJson(store)).toEqual([{ type: 'posts/created', payload: { id: 1 } }])
    expect(store.takeActions()).toEqual([
      { ...posted({ id: 1 }), meta: { id: expect.any(String), delivery: 'sent' } },
      typed(2),
    ])
  })

  it('is not sent without a rule', async () => {
    const store = await setupOpenStore()
    store.dispatch(posted(1))
    expect(store.sent()).toEqual([])
  })

  it('is sent with type, payload and error only; the reducers get its meta with delivery and id', async () => {
    const store = await setupOpenStore({ forward: 'a' })
    store.dispatch({ type: 'a', payload: 0, error: false, meta: { secret: 1 }, extra: 1 })
    expect(sentJson(store)).toEqual([{ type: 'a', payload: 0, error: false }])
    expect(store.takeActions()).toEqual([
      {
        type: 'a',
        payload: 0,
        error: false,
        meta: { secret: 1, id: expect.any(String), delivery: 'sent' },
        extra: 1,
      },
    ])
  })

  it('is sent without a payload when it has none', async () => {
    const store = await setupOpenStore({ forward: 'a' })
    store.dispatch({ type: 'a' })
    expect(store.sent()).toEqual(['{"type":"a"}'])
  })

  it.each<[way: string, options: object]>([
    ['accept', { accept: posted }],
    ['toActions', { toActions: (message: UnknownAction) => message }],
  ])(
    'is not sent when it was received on the same connection by %s: two pages would echo without end',
    async (_way, options) => {
      const store = await setupOpenStore({ forward: posted, ...options })
      store.receiveJson(posted(1))
      expect(store.recorder.count(posted)).toBe(1)
      expect(store.sent()).toEqual([])
      store.dispatch(posted(2))
      expect(sentJson(store)).toEqual([posted(2)])
    },
  )

  it('is not sent when it was received on another connection, which could send it back', async () => {
    const store = await setupOpenStore({ forward: posted })
    store.dispatch({ ...posted(1), meta: { receivedFrom: 'prices' } })
    expect(sentJson(store)).toEqual([])
  })

  it('is never one of the library’s own actions, even with /.*/', async () => {
    const store = await setupOpenStore({ forward: /.*/ })
    store.dispatch(socketSend('once'))
    store.receiveJson('hello')
    store.receive('{')
    expect(store.sent()).toEqual(['"once"'])
  })

  it('is never a thunk, even with /.*/: only what the thunk dispatches', async () => {
    const store = await setupOpenStore({ forward: /.*/ })
    store.dispatch((dispatch) => dispatch(posted(1)))
    expect(sentJson(store)).toEqual([posted(1)])
  })

  it.each<[what: string, options: StoreOptions, prepare: (store: TestStore) => void, meta: object]>([
    ['sent', {}, () => {}, { delivery: 'sent' }],
    ['queued', {}, (store) => store.network.last.cut(), { delivery: 'queued' }],
    [
      'dropped while the connection is away',
      { queue: false },
      (store) => store.network.last.cut(),
      { delivery: 'dropped', reason: 'offline' },
    ],
    [
      'dropped because the queue is full',
      { queue: { maxMessages: 1 } },
      (store) => {
        store.network.last.cut()
        store.dispatch(socketSend(0))
      },
      { delivery: 'dropped', reason: 'overflow' },
    ],
    [
      'dropped after a close',
      {},
      (store) => void store.dispatch(socketClose()),
      { delivery: 'dropped', reason: 'closed' },
    ],
  ])('reaches the reducers with meta that says that it was %s', async (_what, options, prepare, meta) => {
    const store = await setupOpenStore({ forward: posted, reconnect: { backoff: () => 1_000 }, ...options })
    prepare(store)
    await advanceTime(1)
    store.dispatch({ ...posted(1), meta: { mine: true } })
    expect(store.recorder.of(posted)).toEqual([{ ...posted(1), meta: { mine: true, id: expect.any(String), ...meta } }])
    const [action] = store.recorder.of(posted) as { meta?: { id: string } }[]
    const dropped = store.recorder.of(socketDropped).flatMap(({ payload }) => payload.ids)
    expect(dropped).toEqual('reason' in meta ? [action?.meta?.id] : [])
  })

  it('has the id of its drop when it was never sent', async () => {
    const store = await setupOpenStore({ forward: posted })
    store.network.last.cut()
    await advanceTime(1)
    store.dispatch(posted(1))
    void store.dispatch(socketClose())
    await advanceTime(1)
    const [action] = store.recorder.of(posted) as { meta?: { id: string } }[]
    expect(dropsOf(store)).toEqual([{ reason: 'closed', ids: [action?.meta?.id], count: 1 }])
  })

  it('waits in the queue while there is no connection', async () => {
    const store = await setupOpenStore({ forward: posted }, { mode: 'hold' })
    store.dispatch(posted(1))
    expect(store.sent()).toEqual([])
    store.network.last.accept()
    expect(sentJson(store)).toEqual([posted(1)])
  })

  it('is reported like any send when it cannot go out', async () => {
    const store = await setupOpenStore({ forward: posted })
    store.dispatch(posted(1n))
    expect(errorsOf(store)).toMatchObject([{ code: 'encode_failed' }])
    expect(dropsOf(store)).toEqual([{ reason: 'invalid', ids: [expect.any(String)], count: 1 }])
    expect(store.recorder.count(posted)).toBe(1)
    takePrinted()
  })

  it('is reduced and not sent when the rule throws, which is reported once', async () => {
    const store = await setupOpenStore({
      forward: ({ payload }) => {
        if (payload === 'bad') throw new Error('no')
        return true
      },
    })
    store.dispatch(posted('bad'))
    expect(errorsOf(store)).toEqual([{ code: 'callback_failed', message: sentence('"forward" threw: no') }])
    expect(store.recorder.count(posted)).toBe(1)
    expect(store.sent()).toEqual([])
    store.dispatch(posted('good'))
    expect(sentJson(store)).toEqual([posted('good')])
  })
})
