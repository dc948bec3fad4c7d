import { describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import { socketListen, socketReceive } from '../../../src/features/listen.js'
import { socketClose, socketConnect, socketError, socketMessage, type Codec } from '../../../src/index.js'
import type { Guard } from '../../../src/internal/guard.js'
import { createListeners } from '../../../src/features/listeners.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type TestStore } from '../../support/setupStore.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const soon = { reconnect: { backoff: () => 10 } }

const listen = (store: TestStore, rule?: unknown): { heard: unknown[]; end: () => void } => {
  const heard: unknown[] = []
  const end = store.dispatch(socketListen(rule as 'type', (message) => heard.push(message)))
  return { heard, end }
}

const problems = (store: TestStore): unknown[] => store.recorder.of(socketError).map(({ payload }) => payload)

describe('a rule', () => {
  const messages = [posted(1), { type: 'posts/createdNot' }, { type: 'news/posts/created' }, { kind: 'x' }, 0, null]

  it.each<[kind: string, rule: unknown, indexes: number[]]>([
    ['undefined: all of them', undefined, [0, 1, 2, 3, 4, 5]],
    ['an action creator', posted, [0]],
    ['a type guard', posted.match, [0]],
    ['a type', 'posts/created', [0]],
    ['a RegExp, at the start of the type', /posts\//, [0, 1]],
    ['a RegExp with flags that remember', /posts\//gy, [0, 1]],
    ['a predicate, of any message', (message: unknown) => typeof message !== 'object', [4]],
    ['what has a type and a match', { type: 'x', match: (message: unknown) => message === null }, [5]],
  ])('that is %s', async (_kind, rule, indexes) => {
    const store = await setupOpenStore()
    const { heard } = listen(store, rule)
    for (const message of messages) store.receiveJson(message)
    expect(heard).toEqual(indexes.map((index) => messages[index]))
  })

  it.each<[what: string, rule: unknown]>([
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['a list', ['posts/created']],
  ])('cannot be %s: dispatching it throws, and nobody listens', async (_what, rule) => {
    const store = await setupOpenStore()
    expect(() => listen(store, rule)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    store.receiveJson(1)
    expect(problems(store)).toEqual([])
  })

  it('that throws is a socketError each time, and the others hear', async () => {
    const store = await setupOpenStore()
    const { heard: never } = listen(store, () => {
      throw new Error('no')
    })
    const { heard } = listen(store)
    store.receiveJson(1)
    expect({ never, heard }).toEqual({ never: [], heard: [1] })
    expect(problems(store)).toEqual([{ code: 'callback_failed', message: '"socketListen" threw: no' }])
  })
})

describe('a listener', () => {
  it.each([undefined, null, 'x', {}])('cannot be %j: the creator throws', (listener) => {
    expect(() => socketListen('a', listener as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('a function') }),
    )
  })

  it('hears from now on until it is ended, which may be done twice', async () => {
    const store = await setupOpenStore()
    store.receiveJson(1)
    const { heard, end } = listen(store)
    store.receiveJson(2)
    end()
    end()
    store.receiveJson(3)
    expect(heard).toEqual([2])
  })

  it('stays at the middleware: no reducer sees a function', async () => {
    const store = await setupOpenStore()
    listen(store)
    expect(store.takeActions()).toEqual([])
  })

  it('hears each message once through three lost connections', async () => {
    const store = await setupOpenStore(soon)
    const { heard } = listen(store)
    for (let round = 0; round < 4; round++) {
      store.receiveJson(round)
      store.network.last.drop()
      await advanceTime(20) // oxlint-disable-line no-await-in-loop
    }
    expect(store.network.sockets).toHaveLength(5)
    expect(heard).toEqual([0, 1, 2, 3])
  })

  it('hears again after a close and a connect of the app', async () => {
    const store = await setupOpenStore()
    const { heard } = listen(store)
    void store.dispatch(socketClose())
    await advanceTime()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson(1)
    expect(heard).toEqual([1])
  })

  it('given twice with the same rule hears once, until both are ended', async () => {
    const store = await setupOpenStore()
    const heard: unknown[] = []
    const listener = (message: unknown): unknown => heard.push(message)
    const ends = [posted, posted].map((rule) => store.dispatch(socketListen(rule, listener)))
    store.receiveJson(posted(1))
    ends[0]!()
    ends[0]!()
    store.receiveJson(posted(2))
    ends[1]!()
    store.receiveJson(posted(3))
    expect(heard).toEqual([posted(1), posted(2)])
  })

  it('with two rules hears by each of them', async () => {
    const store = await setupOpenStore()
    const heard: unknown[] = []
    const listener = (message: unknown): unknown => heard.push(message)
    store.dispatch(socketListen(posted, listener))
    store.dispatch(socketListen(/posts/, listener))
    store.receiveJson(posted(1))
    expect(heard).toEqual([posted(1), posted(1)])
  })

  it('may end itself while it hears', async () => {
    const store = await setupOpenStore()
    const heard: unknown[] = []
    const end = store.dispatch(
      socketListen(
        () => true,
        (message) => {
          heard.push(message)
          end()
        },
      ),
    )
    const { heard: other } = listen(store)
    store.receiveJson(1)
    store.receiveJson(2)
    expect({ heard, other }).toEqual({ heard: [1], other: [1, 2] })
  })

  it('that is ended by one before it does not hear the message at hand', async () => {
    const store = await setupOpenStore()
    store.dispatch(socketListen(/.*/, () => ends.end()))
    const ends = listen(store)
    store.receiveJson({ type: 'a' })
    expect(ends.heard).toEqual([])
  })

  it('that is added while one hears hears the next message', async () => {
    const store = await setupOpenStore()
    const heard: unknown[] = []
    let isAdded = false
    store.dispatch(
      socketListen(
        () => true,
        () => {
          if (!isAdded) store.dispatch(socketListen(/.*/, (message) => heard.push(message)))
          isAdded = true
        },
      ),
    )
    store.receiveJson({ type: 'first' })
    store.receiveJson({ type: 'second' })
    expect(heard).toEqual([{ type: 'second' }])
  })

  it.each<[how: string, fail: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('that %s is one socketError, and the others hear', async (_how, fail) => {
    const store = await setupOpenStore()
    const { heard: before } = listen(store)
    store.dispatch(socketListen(() => true, fail))
    const { heard: after } = listen(store, () => true)
    store.receiveJson(1)
    await advanceTime()
    expect({ before, after }).toEqual({ before: [1], after: [1] })
    expect(problems(store)).toEqual([{ code: 'callback_failed', message: '"socketListen" threw: no' }])
    store.receiveJson(2)
    expect(after).toEqual([1, 2])
  })

  it('hears what accept has claimed, once the store has it', async () => {
    const store = await setupOpenStore({
      accept: posted,
      reducer: { posts: (state = 0, action) => (posted.match(action) ? action.payload : state) as unknown },
    })
    const seen: unknown[] = []
    store.dispatch(socketListen(posted, ({ payload }) => seen.push([payload, store.app()['posts']])))
    store.receiveJson(posted(7))
    expect(seen).toEqual([[7, 7]])
  })

  it('hears a message after the socketMessage', async () => {
    const store = await setupOpenStore()
    const counts: number[] = []
    store.dispatch(socketListen(/.*/, () => counts.push(store.recorder.count(socketMessage))))
    store.receiveJson({ type: 'a' })
    store.receiveJson({ type: 'b' })
    expect(counts).toEqual([1, 2])
  })

  it('hears messages even when toActions swallows them, or a reducer throws', async () => {
    const store = await setupOpenStore({ toActions: () => [] })
    const { heard } = listen(store)
    store.receiveJson(1)
    const broken = await setupOpenStore({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketMessage.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    const { heard: all } = listen(broken)
    broken.receiveJson(2)
    expect({ heard, all }).toEqual({ heard: [1], all: [2] })
  })

  it('does not hear what cannot be decoded, nor the ping', async () => {
    const store = await setupOpenStore()
    const { heard } = listen(store)
    store.receive('{')
    store.receive('ping')
    expect(heard).toEqual([])
  })

  it('hears the values as they were decoded', async () => {
    const value = { at: new Date(0), map: new Map([[1, 2n]]), bytes: new Uint8Array([1, 2]) }
    const codec: Codec = { encode: () => '', decode: () => value }
    const store = await setupOpenStore({ codec, respondToPing: false })
    const { heard } = listen(store)
    store.receive('x')
    expect(heard[0]).toBe(value)
    expect(store.recorder.of(socketMessage)[0]?.payload).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: [[1, '2']],
      bytes: { id: expect.any(String), byteLength: 2, type: '' },
    })
  })

  it('may dispatch from inside: served after the message', async () => {
    const store = await setupOpenStore()
    store.dispatch(
      socketListen('a', () => {
        void store.dispatch(socketClose())
      }),
    )
    const { heard } = listen(store)
    store.receiveJson({ type: 'a' })
    await advanceTime()
    expect(heard).toHaveLength(1)
    expect(store.state().status).toBe('closed')
  })
})

describe('a lazy connection', () => {
  const lazy = { lazy: true, idleTimeout: 1_000 }

  it('is opened by who listens', async () => {
    const store = setupStore(lazy)
    const { heard } = listen(store)
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    store.receiveJson(1)
    expect(heard).toEqual([1])
  })

  it('that went to sleep is opened again by who listens', async () => {
    const store = setupStore(lazy)
    listen(store)
    await advanceTime(2_000)
    expect(store.state().status).toBe('closed')
    const { heard } = listen(store, () => true)
    await advanceTime(1)
    store.receiveJson(1)
    expect(heard).toEqual([1])
  })

  it('that the app has closed stays closed', async () => {
    const store = setupStore(lazy)
    listen(store)
    await advanceTime(1)
    void store.dispatch(socketClose())
    await advanceTime()
    listen(store, () => true)
    await advanceTime(1)
    expect(store.state().status).toBe('closed')
  })
})

it('a connection that is not lazy is not opened by who listens', async () => {
  const store = setupStore()
  listen(store)
  await advanceTime(100)
  expect(store.network.sockets).toEqual([])
})

it('after dispose nobody hears any more', async () => {
  const store = await setupOpenStore()
  const { heard, end } = listen(store)
  store.socket.dispose()
  store.receiveJson(1)
  expect(heard).toEqual([])
  expect(end).not.toThrow()
})

it('after dispose there is nothing to hear, and still a function that ends it', async () => {
  const store = await setupOpenStore()
  store.socket.dispose()
  const stop = store.dispatch(socketListen('a', () => {}))
  expect(stop()).toBeUndefined()
  expect(await store.dispatch(socketReceive()).next()).toEqual({ done: true, value: undefined })
})

describe('the list of listeners itself', () => {
  const guard: Guard = (_what, callback) => callback()

  it('keeps the order of adding, and the place of who is added again', () => {
    const heard: string[] = []
    const listeners = createListeners(guard)
    const [a, b] = ['a', 'b'].map((name) => () => heard.push(name))
    for (const listener of [a!, b!, a!]) listeners.add(undefined, listener)
    listeners.notify(1)
    expect(heard).toEqual(['a', 'b'])
  })

  it('gives who was ended and is added again the last place', () => {
    const heard: string[] = []
    const listeners = createListeners(guard)
    const [a, b] = ['a', 'b'].map((name) => () => heard.push(name))
    const end = listeners.add(undefined, a!)
    listeners.add(undefined, b!)
    end()
    listeners.add(undefined, a!)
    end()
    listeners.notify(1)
    expect(heard).toEqual(['b', 'a'])
  })
})
