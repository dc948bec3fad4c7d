import { describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import { socketListen, socketReceive } from '../../../src/features/listen.js'
import { socketClose, socketConnect, socketError, socketMessage, type Codec } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type TestStore } from '../../support/setupStore.js'
import { inDevelopment, sentence } from '../../support/mode.js'

useFakeTime()

const posted = createAction<unknown>('posts/created')
const soon = { reconnect: { backoff: () => 10 } }

const listen = (store: TestStore, rule?: unknown): { received: unknown[]; end: () => void } => {
  const received: unknown[] = []
  const end = store.dispatch(socketListen(rule as 'type', (message) => received.push(message)))
  return { received, end }
}

const problems = (store: TestStore): unknown[] => store.recorder.of(socketError).map(({ payload }) => payload)

describe('a rule', () => {
  const messages = [posted(1), { type: 'posts/createdNot' }, { type: 'news/posts/created' }, { kind: 'x' }, 0, null]

  it.each<[kind: string, rule: unknown, indexes: number[]]>([
    ['undefined: all messages', undefined, [0, 1, 2, 3, 4, 5]],
    ['an action creator', posted, [0]],
    ['a type guard', posted.match, [0]],
    ['a type', 'posts/created', [0]],
    ['a RegExp, for the whole type', /posts\/\w+/, [0, 1]],
    ['a RegExp with the flags g and y', /posts\/\w+/gy, [0, 1]],
    ['a predicate, for any message', (message: unknown) => typeof message !== 'object', [4]],
    ['an object with a type and a match', { type: 'x', match: (message: unknown) => message === null }, [5]],
  ])('may be %s', async (_kind, rule, indexes) => {
    const store = await setupOpenStore()
    const { received } = listen(store, rule)
    for (const message of messages) store.receiveJson(message)
    expect(received).toEqual(indexes.map((index) => messages[index]))
  })

  it.each<[what: string, rule: unknown]>([
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['an array', ['posts/created']],
  ])('of %s throws at the dispatch, and no listener is added', async (_what, rule) => {
    const store = await setupOpenStore()
    expect(() => listen(store, rule)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    store.receiveJson(1)
    expect(problems(store)).toEqual([])
  })

  it('that throws is a socketError each time, and other listeners are called', async () => {
    const store = await setupOpenStore()
    const { received: never } = listen(store, () => {
      throw new Error('no')
    })
    const { received } = listen(store)
    store.receiveJson(1)
    expect({ never, received }).toEqual({ never: [], received: [1] })
    expect(problems(store)).toEqual([{ code: 'callback_failed', message: sentence('"socketListen" threw: no') }])
  })
})

describe('a listener', () => {
  inDevelopment(() =>
    it.each([undefined, null, 'x', {}])('of %j throws in the creator', (listener) => {
      expect(() => socketListen('a', listener as never)).toThrow(
        expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('a function') }),
      )
    }),
  )

  it('is called from then on until it is ended, which may be done twice', async () => {
    const store = await setupOpenStore()
    store.receiveJson(1)
    const { received, end } = listen(store)
    store.receiveJson(2)
    end()
    end()
    store.receiveJson(3)
    expect(received).toEqual([2])
  })

  it('is not seen by reducers', async () => {
    const store = await setupOpenStore()
    listen(store)
    expect(store.takeActions()).toEqual([])
  })

  it('is called once for each message through three lost connections', async () => {
    const store = await setupOpenStore(soon)
    const { received } = listen(store)
    for (let round = 0; round < 4; round++) {
      store.receiveJson(round)
      store.network.last.cut()
      await advanceTime(20) // oxlint-disable-line no-await-in-loop
    }
    expect(store.network.connections).toHaveLength(5)
    expect(received).toEqual([0, 1, 2, 3])
  })

  it('is called again after a close and a connect of the app', async () => {
    const store = await setupOpenStore()
    const { received } = listen(store)
    void store.dispatch(socketClose())
    await advanceTime()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson(1)
    expect(received).toEqual([1])
  })

  it('added twice with the same rule is called once, until both are ended', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    const listener = (message: unknown): unknown => received.push(message)
    const ends = [posted, posted].map((rule) => store.dispatch(socketListen(rule, listener)))
    store.receiveJson(posted(1))
    ends[0]!()
    ends[0]!()
    store.receiveJson(posted(2))
    ends[1]!()
    store.receiveJson(posted(3))
    expect(received).toEqual([posted(1), posted(2)])
  })

  it('with two rules is called for each of them', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    const listener = (message: unknown): unknown => received.push(message)
    store.dispatch(socketListen(posted, listener))
    store.dispatch(socketListen(/posts.*/, listener))
    store.receiveJson(posted(1))
    expect(received).toEqual([posted(1), posted(1)])
  })

  it('may end itself while it is called', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    const end = store.dispatch(
      socketListen(
        () => true,
        (message) => {
          received.push(message)
          end()
        },
      ),
    )
    const { received: other } = listen(store)
    store.receiveJson(1)
    store.receiveJson(2)
    expect({ received, other }).toEqual({ received: [1], other: [1, 2] })
  })

  it('that an earlier one ends is not called for the message under way', async () => {
    const store = await setupOpenStore()
    store.dispatch(socketListen(/.*/, () => ends.end()))
    const ends = listen(store)
    store.receiveJson({ type: 'a' })
    expect(ends.received).toEqual([])
  })

  it('that is added during a call is called for the next message', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    let isAdded = false
    store.dispatch(
      socketListen(
        () => true,
        () => {
          if (!isAdded) store.dispatch(socketListen(/.*/, (message) => received.push(message)))
          isAdded = true
        },
      ),
    )
    store.receiveJson({ type: 'first' })
    store.receiveJson({ type: 'second' })
    expect(received).toEqual([{ type: 'second' }])
  })

  it.each<[how: string, fail: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('that %s is one socketError, and the others are called', async (_how, fail) => {
    const store = await setupOpenStore()
    const { received: before } = listen(store)
    store.dispatch(socketListen(() => true, fail))
    const { received: after } = listen(store, () => true)
    store.receiveJson(1)
    await advanceTime()
    expect({ before, after }).toEqual({ before: [1], after: [1] })
    expect(problems(store)).toEqual([{ code: 'callback_failed', message: sentence('"socketListen" threw: no') }])
    store.receiveJson(2)
    expect(after).toEqual([1, 2])
  })

  it('is called for a message that accept matches, after the store has got it', async () => {
    const store = await setupOpenStore({
      accept: posted,
      reducer: { posts: (state = 0, action) => (posted.match(action) ? action.payload : state) as unknown },
    })
    const seen: unknown[] = []
    store.dispatch(socketListen(posted, ({ payload }) => seen.push([payload, store.app()['posts']])))
    store.receiveJson(posted(7))
    expect(seen).toEqual([[7, 7]])
  })

  it('is called after the socketMessage', async () => {
    const store = await setupOpenStore()
    const counts: number[] = []
    store.dispatch(socketListen(/.*/, () => counts.push(store.recorder.count(socketMessage))))
    store.receiveJson({ type: 'a' })
    store.receiveJson({ type: 'b' })
    expect(counts).toEqual([1, 2])
  })

  it('is called even when toActions drops the message, or a reducer throws', async () => {
    const store = await setupOpenStore({ toActions: () => [] })
    const { received } = listen(store)
    store.receiveJson(1)
    const broken = await setupOpenStore({
      reducer: {
        posts: (state = 0, { type }) => {
          if (type === socketMessage.type) throw new Error('no')
          return state as unknown
        },
      },
    })
    const { received: all } = listen(broken)
    broken.receiveJson(2)
    expect({ received, all }).toEqual({ received: [1], all: [2] })
  })

  it('is not called for a frame that cannot be decoded, nor for a ping', async () => {
    const store = await setupOpenStore()
    const { received } = listen(store)
    store.receive('{')
    store.receive('ping')
    expect(received).toEqual([])
  })

  it('gets the values as they were decoded', async () => {
    const value = { at: new Date(0), map: new Map([[1, 2n]]), bytes: new Uint8Array([1, 2]) }
    const codec: Codec = { encode: () => '', decode: () => value }
    const store = await setupOpenStore({ codec, respondToPing: false })
    const { received } = listen(store)
    store.receive('x')
    expect(received[0]).toBe(value)
    expect(store.recorder.of(socketMessage)[0]?.payload).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: [[1, '2']],
      bytes: { id: expect.any(String), byteLength: 2, type: '' },
    })
  })

  it('may dispatch: the command runs after the message', async () => {
    const store = await setupOpenStore()
    store.dispatch(
      socketListen('a', () => {
        void store.dispatch(socketClose())
      }),
    )
    const { received } = listen(store)
    store.receiveJson({ type: 'a' })
    await advanceTime()
    expect(received).toHaveLength(1)
    expect(store.state().status).toBe('closed')
  })
})

describe('a lazy connection', () => {
  const lazy = { lazy: true, idleTimeout: 1_000 }

  it('is opened by a listener', async () => {
    const store = setupStore(lazy)
    const { received } = listen(store)
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    store.receiveJson(1)
    expect(received).toEqual([1])
  })

  it('that closed for being idle is opened by a listener', async () => {
    const store = setupStore(lazy)
    listen(store)
    await advanceTime(2_000)
    expect(store.state().status).toBe('closed')
    const { received } = listen(store, () => true)
    await advanceTime(1)
    store.receiveJson(1)
    expect(received).toEqual([1])
  })

  it('that the app has closed is not opened by a listener', async () => {
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

it('a connection that is not lazy is not opened by a listener', async () => {
  const store = setupStore()
  listen(store)
  await advanceTime(100)
  expect(store.network.connections).toEqual([])
})

it('a listener is not called after dispose', async () => {
  const store = await setupOpenStore()
  const { received, end } = listen(store)
  store.socket.dispose()
  store.receiveJson(1)
  expect(received).toEqual([])
  expect(end).not.toThrow()
})

it('socketListen returns a function after dispose, and listens to nothing', async () => {
  const store = await setupOpenStore()
  store.socket.dispose()
  const stop = store.dispatch(socketListen('a', () => {}))
  expect(stop()).toBeUndefined()
  expect(await store.dispatch(socketReceive()).next()).toEqual({ done: true, value: undefined })
})

describe('the order of listeners', () => {
  const setup = async () => {
    const store = await setupOpenStore()
    const received: string[] = []
    const [a, b] = ['a', 'b'].map((name) => () => void received.push(name))
    return { store, received, a: socketListen(posted, a!), b: socketListen(posted, b!) }
  }

  it('is the order of adding, and a listener that is added again keeps its place', async () => {
    const { store, received, a, b } = await setup()
    for (const command of [a, b, a]) store.dispatch(command)
    store.receiveJson(posted(1))
    expect(received).toEqual(['a', 'b'])
  })

  it('gives a listener that was ended and added again the last place', async () => {
    const { store, received, a, b } = await setup()
    const end = store.dispatch(a)
    store.dispatch(b)
    end()
    store.dispatch(a)
    end()
    store.receiveJson(posted(1))
    expect(received).toEqual(['b', 'a'])
  })
})
