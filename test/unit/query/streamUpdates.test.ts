import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketClose, socketReconnect } from '../../../src/index.js'
import { selectStream, socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { disposeAfterTest, takePrinted } from '../../support/leaks.js'
import { inDevelopment, isDevelopment, sentence } from '../../support/mode.js'
import { createPostsApi, setupOpenQueryStore, advanceTime, upsert, useFakeTime, type Post } from './harness.js'

useFakeTime()

const one: Post = { id: 1, title: 'one' }
const two: Post = { id: 2, title: 'two' }
const three: Post = { id: 3, title: 'three' }

type StreamOptions = Parameters<typeof createPostsApi>[0]

const open = async (options?: StreamOptions, more?: Parameters<typeof setupOpenQueryStore>[1]) => {
  const api = createPostsApi(options)
  const store = await setupOpenQueryStore(api, more)
  const { getPosts } = api.endpoints
  const entry = (tag = 'sea') => getPosts.select(tag)(store.app() as never)
  return { ...store, api, getPosts, entry, titles: () => entry().data?.map(({ title }) => title) }
}

/** With one component that reads `sea`, whose subscription and query were answered. */
const openLive = async (options?: StreamOptions, more?: Parameters<typeof setupOpenQueryStore>[1]) => {
  const store = await open(options, more)
  const query = store.run(store.getPosts.initiate('sea'))
  store.answerTo('subscribe', 's1')
  store.answerTo('getPosts', [one])
  await advanceTime(20)
  return { ...store, query }
}

describe('a cache entry with a stream', () => {
  it('subscribes before it queries, and applies in order what is pushed before the result', async () => {
    const store = await open()
    void store.run(store.getPosts.initiate('sea'))
    expect(store.sentMessages()).toMatchObject([
      { method: 'subscribe', params: { channel: 'posts', params: { tag: 'sea' } } },
      { method: 'getPosts', params: { tag: 'sea' } },
    ])
    expect(store.status(store.getPosts, 'sea')).toBe('connecting')
    store.answerTo('subscribe', 's1')
    store.push('s1', two)
    store.push('s1', { ...two, title: 'two again' })
    store.push('s1', three)
    await advanceTime(20)
    expect(store.entry().isLoading).toBe(true)
    store.answerTo('getPosts', [one])
    await advanceTime(1)
    expect(store.titles()).toEqual(['one', 'two again', 'three'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
    store.push('s1', { id: 4, title: 'four' })
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two again', 'three', 'four'])
    expect(store.pushed()).toEqual([])
  })

  it('unsubscribes and keeps the socket open when it is removed', async () => {
    const store = await openLive({}, {})
    store.query.unsubscribe()
    await advanceTime(61_000)
    expect(store.requestsFor('unsubscribe')).toMatchObject([{ params: { id: 's1' } }])
    expect(selectStream(store.root(), store.getPosts, 'sea')).toBeUndefined()
    expect(store.state().status).toBe('open')
    store.answer(true)
    store.push('s1', two)
    await advanceTime(20)
  })

  it('unsubscribes and leaves nothing behind when it is removed before its first data', async () => {
    const store = await open()
    const query = store.run(store.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    store.push('s1', two)
    query.abort()
    void store.run(store.api.util.resetApiState())
    await advanceTime(1)
    expect(store.requestsFor('unsubscribe')).toHaveLength(1)
    expect(store.requestsFor('$/cancelRequest')).toHaveLength(1)
    expect(store.streams()).toEqual({})
    store.push('s1', three)
    await advanceTime(20)
    expect(store.rpc().subscriptions).toEqual({})
  })

  it('keeps what is pushed until a query succeeds when the first one fails', async () => {
    const store = await open()
    const query = store.run(store.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    store.push('s1', two)
    store.refuseTo('getPosts', { code: 7, message: 'no' })
    await advanceTime(20)
    expect(store.entry().error).toEqual({ code: 7, message: 'no' })
    expect(store.status(store.getPosts, 'sea')).toBe('connecting')
    store.push('s1', three)
    void query.refetch()
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two', 'three'])
    expect(store.requestsFor('subscribe')).toHaveLength(1)
  })

  it('reports the error and keeps its data when the server refuses the subscription', async () => {
    const store = await open()
    void store.run(store.getPosts.initiate('sea'))
    store.refuseTo('subscribe', { code: -32003, message: 'not yours' })
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(selectStream(store.root(), store.getPosts, 'sea')).toMatchObject({
      status: 'error',
      error: { code: -32003, message: 'not yours' },
    })
    expect(store.titles()).toEqual(['one'])
  })

  it('has a stream of its own for each argument', async () => {
    const store = await open()
    void store.run(store.getPosts.initiate('sea'))
    void store.run(store.getPosts.initiate('sky'))
    expect(store.requestsFor('subscribe')).toHaveLength(2)
    store.answer('s1', store.requestsFor('subscribe')[0]!.id)
    store.answer('s2', store.requestsFor('subscribe')[1]!.id)
    store.answer([], store.requestsFor('getPosts')[0]!.id)
    store.answer([], store.requestsFor('getPosts')[1]!.id)
    await advanceTime(20)
    store.push('s2', two)
    await advanceTime(20)
    expect([store.entry('sea').data, store.entry('sky').data]).toEqual([[], [two]])
  })
})

describe('data that is older than the subscription', () => {
  it('is fetched again, because it may lack what happened in between', async () => {
    const store = await open()
    void store.run(store.getPosts.initiate('sea'))
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.status(store.getPosts, 'sea')).toBe('connecting')
    store.answerTo('subscribe', 's1')
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
    expect(store.requestsFor('getPosts')).toHaveLength(2)
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
    expect(store.requestsFor('getPosts')).toHaveLength(2)
  })
})

describe('a reconnect', () => {
  it('subscribes again and fetches each entry once', async () => {
    const store = await openLive()
    store.network.last.cut()
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
    await advanceTime(150)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe' }])
    store.answerTo('subscribe', 's2')
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    store.push('s2', three)
    await advanceTime(20)
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two', 'three'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    await advanceTime(60_000)
    expect(store.requestsFor('getPosts')).toHaveLength(1)
  })

  it('fetches nothing when the server says that no push was missed', async () => {
    const store = await openLive()
    await store.reopen()
    store.answerTo('subscribe', { id: 's2', recovered: true })
    store.push('s2', two)
    await advanceTime(20)
    expect(store.requestsFor('getPosts')).toEqual([])
    expect(store.titles()).toEqual(['one', 'two'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })

  it('subscribes with the params of "resume" once something was pushed', async () => {
    const store = await openLive({ resume: ({ id }: Post, tag: string) => ({ tag, after: id }) })
    await store.reopen()
    expect(store.requestsFor('subscribe')).toMatchObject([{ params: { params: { tag: 'sea' } } }])
    store.answerTo('subscribe', { id: 's2', recovered: true })
    store.push('s2', two)
    store.push('s2', three)
    await store.reopen()
    expect(store.requestsFor('subscribe')).toMatchObject([{ params: { params: { tag: 'sea', after: 3 } } }])
    expect(store.titles()).toEqual(['one', 'two', 'three'])
  })

  it('waits for the query under way and fetches again, because its result may be older', async () => {
    const store = await openLive()
    void store.query.refetch()
    await store.reopen()
    store.answerTo('subscribe', 's2')
    // Sent again, as queries are.
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    store.push('s2', three)
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'three'])
    expect(store.requestsFor('getPosts')).toHaveLength(2)
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
    store.answerTo('getPosts', [one, two, three])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two', 'three'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })

  it('leaves the stream stale when the fetch fails, until one succeeds', async () => {
    const store = await openLive()
    await store.reopen()
    store.answerTo('subscribe', 's2')
    store.refuseTo('getPosts', { code: 7, message: 'busy' })
    await advanceTime(60_000)
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
    void store.query.refetch()
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })

  it('discards what was pushed before it when the entry has no data yet', async () => {
    const store = await open()
    void store.run(store.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    store.push('s1', { ...two, title: 'two, old' })
    await store.reopen()
    store.answerTo('subscribe', 's2')
    store.push('s2', three)
    store.answerTo('getPosts', [two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['two', 'three'])
    store.answerTo('getPosts', [two, three])
    await advanceTime(20)
    expect(store.titles()).toEqual(['two', 'three'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })

  it('subscribes once each time when it happens often', async () => {
    const store = await openLive()
    for (let time = 0; time < 3; time++) {
      // oxlint-disable-next-line no-await-in-loop
      await store.reopen()
      expect(store.requestsFor('subscribe')).toHaveLength(1)
    }
    await store.dispatch(socketClose())
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect(store.requestsFor('subscribe')).toHaveLength(1)
  })

  it('fetches nothing without the option "api", of which development warns once', async () => {
    const store = await openLive({ api: undefined })
    void store.run(store.getPosts.initiate('sky'))
    const warning = expect.stringMatching(/"getPosts".*api: \(\): StreamedApi => api/)
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
    store.answerTo('getPosts', [])
    await store.reopen()
    const [sea] = store.requestsFor('subscribe')
    store.answer('s2', sea!.id)
    store.push('s2', two)
    await advanceTime(20)
    expect(store.requestsFor('getPosts')).toEqual([])
    expect(store.titles()).toEqual(['one', 'two'])
    expect(store.status(store.getPosts, 'sea')).toBe('stale')
  })
})

describe('a push while the entry is fetched again', () => {
  it('is applied at once, and again to a result that is older', async () => {
    const store = await openLive()
    void store.query.refetch()
    store.push('s1', two)
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two'])
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two'])
  })

  it('is applied to a result that has it already', async () => {
    const store = await openLive()
    void store.query.refetch()
    store.push('s1', two)
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two'])
  })

  it('is applied once when the fetch fails', async () => {
    const seen: number[] = []
    const store = await openLive({ apply: (_posts, { id }: Post) => void seen.push(id) })
    void store.query.refetch()
    store.push('s1', two)
    store.push('s1', three)
    await advanceTime(20)
    store.refuseTo('getPosts', { code: 7, message: 'busy' })
    await advanceTime(20)
    expect(seen).toEqual([2, 3])
  })
})

describe('a flood', () => {
  const patches = (store: { takeActions: () => { type: string }[] }) =>
    store.takeActions().filter(({ type }) => type === 'api/queries/queryResultPatched').length

  it('in one task changes the data once, in order', async () => {
    const order: number[] = []
    const store = await openLive({ apply: (_posts, { id }: Post) => void order.push(id) })
    store.takeActions()
    const ids = Array.from({ length: 500 }, (_, id) => id)
    store.receiveJson(
      ids.map((id) => ({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', data: { id, title: '' } } })),
    )
    await advanceTime(20)
    expect(order).toEqual(ids)
    expect(patches(store)).toBe(0)
  })

  it('over many tasks changes the data once a frame', async () => {
    const store = await openLive()
    store.takeActions()
    for (let id = 10; id < 110; id++) {
      store.push('s1', { id, title: String(id) })
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
    }
    await advanceTime(20)
    expect(patches(store)).toBeLessThanOrEqual(Math.ceil(100 / 16) + 1)
    expect(store.entry().data).toHaveLength(101)
  })

  it('is discarded above "maxBuffered" before the first data, and the entry is fetched again', async () => {
    const store = await open({ maxBuffered: 2 })
    void store.run(store.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    for (const post of [one, two, three, one]) store.push('s1', post)
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one'])
    expect(store.requestsFor('getPosts')).toHaveLength(2)
    store.push('s1', { id: 4, title: 'four' })
    store.answerTo('getPosts', [one, two, three])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two', 'three', 'four'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })

  it('is discarded above "maxBuffered" while the entry is fetched, and the entry is fetched again', async () => {
    const store = await openLive({ maxBuffered: 2 })
    void store.query.refetch()
    for (const id of [2, 3, 4, 5]) store.push('s1', { id, title: String(id) })
    await advanceTime(20)
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.requestsFor('getPosts')).toHaveLength(3)
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two'])
    expect(store.status(store.getPosts, 'sea')).toBe('live')
  })
})

describe('"apply"', () => {
  it('may return what replaces the data, also after other pushes changed it', async () => {
    const store = await openLive({
      apply: (posts, post: Post) => (post.id === 0 ? [] : posts.length > 8 ? posts : upsert(posts, post)),
    })
    for (const id of [2, 0, 3]) store.push('s1', { id, title: String(id) })
    await advanceTime(20)
    expect(store.titles()).toEqual(['3'])
    for (const id of [4, 5]) store.push('s1', { id, title: String(id) })
    await advanceTime(20)
    expect(store.titles()).toEqual(['3', '4', '5'])
  })

  it('is reported when it throws at one push, and the others are applied', async () => {
    const store = await openLive({
      apply: (posts, post: Post) => {
        posts.push({ id: 0, title: 'half done' })
        if (post.id === 2) throw new Error('not this one')
        posts.pop()
        posts.push(post)
      },
    })
    for (const post of [three, two, one]) store.push('s1', post)
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'three', 'one'])
    expect(store.errors()).toEqual(['callback_failed'])
    expect(store.state().error?.message).toEqual(sentence('"apply" threw: not this one', 'not this one'))
  })

  it('works on data that cannot be drafted', async () => {
    const api = createApi({
      baseQuery: socketBaseQuery(),
      endpoints: (build) => ({
        getCount: build.query<number, void>({
          query: () => 'getCount',
          onCacheEntryAdded: streamUpdates({
            api: (): StreamedApi => api,
            channel: 'count',
            apply: (count, more: number) => more && count + more,
          }),
        }),
        getName: build.query<string | null, void>({
          query: () => 'getName',
          onCacheEntryAdded: streamUpdates({
            api: (): StreamedApi => api,
            channel: 'name',
            apply: () => undefined,
          }),
        }),
      }),
    })
    const store = await setupOpenQueryStore(api)
    void store.run(api.endpoints.getCount.initiate())
    void store.run(api.endpoints.getName.initiate())
    const [count, name] = store.requestsFor('subscribe')
    store.answer('c', count!.id)
    store.answer('n', name!.id)
    store.answerTo('getCount', 1)
    store.answerTo('getName', null)
    await advanceTime(20)
    for (const more of [2, 3]) store.push('c', more)
    store.push('n', 'nothing')
    await advanceTime(20)
    const data = (endpoint: 'getCount' | 'getName') => api.endpoints[endpoint].select()(store.app() as never).data
    expect(data('getCount')).toBe(6)
    expect(data('getName')).toBeNull()
  })
})

describe('a callback that throws', () => {
  it('fails the stream when it makes the params', async () => {
    const store = await open({
      params: () => {
        throw new Error('no token')
      },
    })
    void store.run(store.getPosts.initiate('sea'))
    store.answerTo('getPosts', [one])
    await advanceTime(20)
    expect(store.errors()).toEqual(['callback_failed'])
    expect(selectStream(store.root(), 'getPosts', 'sea')).toMatchObject({
      status: 'error',
      error: { code: 'callback_failed' },
    })
    expect(store.titles()).toEqual(['one'])
  })

  it('counts as "not recovered" when it is isRecovered', async () => {
    const store = await openLive({
      isRecovered: () => {
        throw new Error('what?')
      },
    })
    await store.reopen()
    store.answerTo('subscribe', 's2')
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    expect(store.errors()).toEqual(['callback_failed'])
  })
})

inDevelopment(() =>
  describe('a malformed option', () => {
    it.each([
      [{ apply: () => {} }, '"channel" to be a name or a function, got undefined'],
      [{ channel: 'x' }, '"apply" to be a function, got undefined'],
      [{ channel: 'x', apply: () => {}, maxBuffered: 0 }, '"maxBuffered" to be a number of pushes, 1 or more, got 0'],
      [{ channel: 'x', apply: () => {}, api: {} }, '"api" to be a function that returns the API, got an object'],
    ])('%j throws', (options, text) => {
      expect(() => streamUpdates(options as never)).toThrow(`streamUpdates: expected ${text}.`)
    })
  }),
)

describe('two APIs with an endpoint of the same name', () => {
  it('are fetched each by its own option "api"', async () => {
    const first = createPostsApi()
    const second = createApi({
      reducerPath: 'second',
      baseQuery: socketBaseQuery(),
      endpoints: (build) => ({
        getPosts: build.query<readonly Post[], string>({
          query: () => 'secondPosts',
          onCacheEntryAdded: streamUpdates({
            api: (): StreamedApi => second,
            channel: 'second',
            apply: (posts, post: Post) => upsert(posts, post),
          }),
        }),
      }),
    })
    const store = await setupOpenQueryStore(first, {
      reducer: { [first.reducerPath]: first.reducer, second: second.reducer },
      middleware: [first.middleware, second.middleware],
    })
    disposeAfterTest({ dispose: () => store.run(second.util.resetApiState()) })
    void store.run(second.endpoints.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    store.answerTo('secondPosts', [])
    await advanceTime(20)
    await store.reopen()
    store.answerTo('subscribe', 's1')
    expect(store.requestsFor('secondPosts')).toHaveLength(1)
    expect(store.requestsFor('getPosts')).toEqual([])
  })
})

describe('a connection that does not speak JSON-RPC', () => {
  it('fails the stream and the query', async () => {
    const api = createPostsApi()
    const store = await setupOpenQueryStore(api, { speaksRpc: false })
    void store.run(api.endpoints.getPosts.initiate('sea'))
    await advanceTime(20)
    const message = sentence(/give createSocketMiddleware the option protocol: jsonRpc\(\)/)
    expect(selectStream(store.root(), api.endpoints.getPosts, 'sea')).toMatchObject({
      status: 'error',
      error: { code: 'no_protocol', message },
    })
    expect(api.endpoints.getPosts.select('sea')(store.app() as never).error).toEqual({ code: 'no_protocol', message })
    void store.run(api.util.resetApiState())
    await advanceTime(1)
    expect(store.streams()).toEqual({})
  })
})

describe('an entry that the app has put into the cache', () => {
  it('has a stream, and is fetched once the server has accepted the subscription', async () => {
    const store = await open()
    void store.run(store.api.util.upsertQueryEntries([{ endpointName: 'getPosts', arg: 'sea', value: [one] }]))
    void store.run(store.getPosts.initiate('sea'))
    await advanceTime(20)
    store.answerTo('subscribe', 's1')
    store.push('s1', three)
    await advanceTime(20)
    store.answerTo('getPosts', [one, two])
    await advanceTime(20)
    expect(store.titles()).toEqual(['one', 'two', 'three'])
    expect(store.status('getPosts', 'sea')).toBe('live')
  })
})
