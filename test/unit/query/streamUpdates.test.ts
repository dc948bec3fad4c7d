import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketClose, socketReconnect } from '../../../src/index.js'
import { selectStream, socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { disposeAfterTest, takePrinted } from '../../support/leaks.js'
import { inDevelopment, isDevelopment, sentence } from '../../support/mode.js'
import { createPostsApi, openQueryWorld, passTime, upsert, useFakeTime, type Post } from './harness.js'

useFakeTime()

const one: Post = { id: 1, title: 'one' }
const two: Post = { id: 2, title: 'two' }
const three: Post = { id: 3, title: 'three' }

type StreamOptions = Parameters<typeof createPostsApi>[0]

const open = async (options?: StreamOptions, more?: Parameters<typeof openQueryWorld>[1]) => {
  const api = createPostsApi(options)
  const world = await openQueryWorld(api, more)
  const { getPosts } = api.endpoints
  const entry = (tag = 'sea') => getPosts.select(tag)(world.app() as never)
  return { ...world, api, getPosts, entry, titles: () => entry().data?.map(({ title }) => title) }
}

/** With one component that reads `sea`, whose subscription and query were answered. */
const openLive = async (options?: StreamOptions, more?: Parameters<typeof openQueryWorld>[1]) => {
  const world = await open(options, more)
  const query = world.run(world.getPosts.initiate('sea'))
  world.answerTo('subscribe', 's1')
  world.answerTo('getPosts', [one])
  await passTime(20)
  return { ...world, query }
}

describe('a cache entry with a stream', () => {
  it('subscribes before it queries, and applies in order what is pushed before the result', async () => {
    const world = await open()
    void world.run(world.getPosts.initiate('sea'))
    expect(world.asked()).toMatchObject([
      { method: 'subscribe', params: { channel: 'posts', params: { tag: 'sea' } } },
      { method: 'getPosts', params: { tag: 'sea' } },
    ])
    expect(world.status(world.getPosts, 'sea')).toBe('connecting')
    world.answerTo('subscribe', 's1')
    world.push('s1', two)
    world.push('s1', { ...two, title: 'two again' })
    world.push('s1', three)
    await passTime(20)
    expect(world.entry().isLoading).toBe(true)
    world.answerTo('getPosts', [one])
    await passTime(1)
    expect(world.titles()).toEqual(['one', 'two again', 'three'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
    world.push('s1', { id: 4, title: 'four' })
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two again', 'three', 'four'])
    expect(world.pushed()).toEqual([])
  })

  it('unsubscribes and keeps the socket open when it is removed', async () => {
    const world = await openLive({}, {})
    world.query.unsubscribe()
    await passTime(61_000)
    expect(world.askedFor('unsubscribe')).toMatchObject([{ params: { id: 's1' } }])
    expect(selectStream(world.root(), world.getPosts, 'sea')).toBeUndefined()
    expect(world.state().status).toBe('open')
    world.answer(true)
    world.push('s1', two)
    await passTime(20)
  })

  it('unsubscribes and leaves nothing behind when it is removed before its first data', async () => {
    const world = await open()
    const query = world.run(world.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    world.push('s1', two)
    query.abort()
    void world.run(world.api.util.resetApiState())
    await passTime(1)
    expect(world.askedFor('unsubscribe')).toHaveLength(1)
    expect(world.askedFor('$/cancelRequest')).toHaveLength(1)
    expect(world.streams()).toEqual({})
    world.push('s1', three)
    await passTime(20)
    expect(world.rpc().subscriptions).toEqual({})
  })

  it('keeps what is pushed until a query succeeds when the first one fails', async () => {
    const world = await open()
    const query = world.run(world.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    world.push('s1', two)
    world.refuseTo('getPosts', { code: 7, message: 'no' })
    await passTime(20)
    expect(world.entry().error).toEqual({ code: 7, message: 'no' })
    expect(world.status(world.getPosts, 'sea')).toBe('connecting')
    world.push('s1', three)
    void query.refetch()
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two', 'three'])
    expect(world.askedFor('subscribe')).toHaveLength(1)
  })

  it('reports the error and keeps its data when the server refuses the subscription', async () => {
    const world = await open()
    void world.run(world.getPosts.initiate('sea'))
    world.refuseTo('subscribe', { code: -32003, message: 'not yours' })
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(selectStream(world.root(), world.getPosts, 'sea')).toMatchObject({
      status: 'error',
      error: { code: -32003, message: 'not yours' },
    })
    expect(world.titles()).toEqual(['one'])
  })

  it('has a stream of its own for each argument', async () => {
    const world = await open()
    void world.run(world.getPosts.initiate('sea'))
    void world.run(world.getPosts.initiate('sky'))
    expect(world.askedFor('subscribe')).toHaveLength(2)
    world.answer('s1', world.askedFor('subscribe')[0]!.id)
    world.answer('s2', world.askedFor('subscribe')[1]!.id)
    world.answer([], world.askedFor('getPosts')[0]!.id)
    world.answer([], world.askedFor('getPosts')[1]!.id)
    await passTime(20)
    world.push('s2', two)
    await passTime(20)
    expect([world.entry('sea').data, world.entry('sky').data]).toEqual([[], [two]])
  })
})

describe('data that is older than the subscription', () => {
  it('is fetched again, because it may lack what happened in between', async () => {
    const world = await open()
    void world.run(world.getPosts.initiate('sea'))
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.status(world.getPosts, 'sea')).toBe('connecting')
    world.answerTo('subscribe', 's1')
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
    expect(world.askedFor('getPosts')).toHaveLength(2)
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
    expect(world.askedFor('getPosts')).toHaveLength(2)
  })
})

describe('a reconnect', () => {
  it('subscribes again and fetches each entry once', async () => {
    const world = await openLive()
    world.network.last.drop()
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
    await passTime(150)
    expect(world.askedLast()).toMatchObject([{ method: 'subscribe' }])
    world.answerTo('subscribe', 's2')
    expect(world.askedFor('getPosts')).toHaveLength(1)
    world.push('s2', three)
    await passTime(20)
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two', 'three'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
    expect(world.askedFor('getPosts')).toHaveLength(1)
    await passTime(60_000)
    expect(world.askedFor('getPosts')).toHaveLength(1)
  })

  it('fetches nothing when the server says that no push was missed', async () => {
    const world = await openLive()
    await world.reopen()
    world.answerTo('subscribe', { id: 's2', recovered: true })
    world.push('s2', two)
    await passTime(20)
    expect(world.askedFor('getPosts')).toEqual([])
    expect(world.titles()).toEqual(['one', 'two'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })

  it('subscribes with the params of "resume" once something was pushed', async () => {
    const world = await openLive({ resume: ({ id }: Post, tag: string) => ({ tag, after: id }) })
    await world.reopen()
    expect(world.askedFor('subscribe')).toMatchObject([{ params: { params: { tag: 'sea' } } }])
    world.answerTo('subscribe', { id: 's2', recovered: true })
    world.push('s2', two)
    world.push('s2', three)
    await world.reopen()
    expect(world.askedFor('subscribe')).toMatchObject([{ params: { params: { tag: 'sea', after: 3 } } }])
    expect(world.titles()).toEqual(['one', 'two', 'three'])
  })

  it('waits for the query under way and fetches again, because its result may be older', async () => {
    const world = await openLive()
    void world.query.refetch()
    await world.reopen()
    world.answerTo('subscribe', 's2')
    // Sent again, as queries are.
    expect(world.askedFor('getPosts')).toHaveLength(1)
    world.push('s2', three)
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'three'])
    expect(world.askedFor('getPosts')).toHaveLength(2)
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
    world.answerTo('getPosts', [one, two, three])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two', 'three'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })

  it('leaves the stream stale when the fetch fails, until one succeeds', async () => {
    const world = await openLive()
    await world.reopen()
    world.answerTo('subscribe', 's2')
    world.refuseTo('getPosts', { code: 7, message: 'busy' })
    await passTime(60_000)
    expect(world.askedFor('getPosts')).toHaveLength(1)
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
    void world.query.refetch()
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })

  it('discards what was pushed before it when the entry has no data yet', async () => {
    const world = await open()
    void world.run(world.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    world.push('s1', { ...two, title: 'two, old' })
    await world.reopen()
    world.answerTo('subscribe', 's2')
    world.push('s2', three)
    world.answerTo('getPosts', [two])
    await passTime(20)
    expect(world.titles()).toEqual(['two', 'three'])
    world.answerTo('getPosts', [two, three])
    await passTime(20)
    expect(world.titles()).toEqual(['two', 'three'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })

  it('subscribes once each time when it happens often', async () => {
    const world = await openLive()
    for (let time = 0; time < 3; time++) {
      // oxlint-disable-next-line no-await-in-loop
      await world.reopen()
      expect(world.askedFor('subscribe')).toHaveLength(1)
    }
    await world.dispatch(socketClose())
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
    void world.dispatch(socketReconnect())
    await passTime(1)
    expect(world.askedFor('subscribe')).toHaveLength(1)
  })

  it('fetches nothing without the option "api", of which development warns once', async () => {
    const world = await openLive({ api: undefined })
    void world.run(world.getPosts.initiate('sky'))
    const warning = expect.stringMatching(/"getPosts".*api: \(\): StreamedApi => api/)
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
    world.answerTo('getPosts', [])
    await world.reopen()
    const [sea] = world.askedFor('subscribe')
    world.answer('s2', sea!.id)
    world.push('s2', two)
    await passTime(20)
    expect(world.askedFor('getPosts')).toEqual([])
    expect(world.titles()).toEqual(['one', 'two'])
    expect(world.status(world.getPosts, 'sea')).toBe('stale')
  })
})

describe('a push while the entry is fetched again', () => {
  it('is applied at once, and again to a result that is older', async () => {
    const world = await openLive()
    void world.query.refetch()
    world.push('s1', two)
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two'])
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two'])
  })

  it('is applied to a result that has it already', async () => {
    const world = await openLive()
    void world.query.refetch()
    world.push('s1', two)
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two'])
  })

  it('is applied once when the fetch fails', async () => {
    const seen: number[] = []
    const world = await openLive({ apply: (_posts, { id }: Post) => void seen.push(id) })
    void world.query.refetch()
    world.push('s1', two)
    world.push('s1', three)
    await passTime(20)
    world.refuseTo('getPosts', { code: 7, message: 'busy' })
    await passTime(20)
    expect(seen).toEqual([2, 3])
  })
})

describe('a flood', () => {
  const patches = (world: { news: () => { type: string }[] }) =>
    world.news().filter(({ type }) => type === 'api/queries/queryResultPatched').length

  it('in one task changes the data once, in order', async () => {
    const order: number[] = []
    const world = await openLive({ apply: (_posts, { id }: Post) => void order.push(id) })
    world.news()
    const ids = Array.from({ length: 500 }, (_, id) => id)
    world.hearJson(
      ids.map((id) => ({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', data: { id, title: '' } } })),
    )
    await passTime(20)
    expect(order).toEqual(ids)
    expect(patches(world)).toBe(0)
  })

  it('over many tasks changes the data once a frame', async () => {
    const world = await openLive()
    world.news()
    for (let id = 10; id < 110; id++) {
      world.push('s1', { id, title: String(id) })
      // oxlint-disable-next-line no-await-in-loop
      await passTime(1)
    }
    await passTime(20)
    expect(patches(world)).toBeLessThanOrEqual(Math.ceil(100 / 16) + 1)
    expect(world.entry().data).toHaveLength(101)
  })

  it('is discarded above "maxBuffered" before the first data, and the entry is fetched again', async () => {
    const world = await open({ maxBuffered: 2 })
    void world.run(world.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    for (const post of [one, two, three, one]) world.push('s1', post)
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.titles()).toEqual(['one'])
    expect(world.askedFor('getPosts')).toHaveLength(2)
    world.push('s1', { id: 4, title: 'four' })
    world.answerTo('getPosts', [one, two, three])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two', 'three', 'four'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })

  it('is discarded above "maxBuffered" while the entry is fetched, and the entry is fetched again', async () => {
    const world = await openLive({ maxBuffered: 2 })
    void world.query.refetch()
    for (const id of [2, 3, 4, 5]) world.push('s1', { id, title: String(id) })
    await passTime(20)
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.askedFor('getPosts')).toHaveLength(3)
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two'])
    expect(world.status(world.getPosts, 'sea')).toBe('live')
  })
})

describe('"apply"', () => {
  it('may return what replaces the data, also after other pushes changed it', async () => {
    const world = await openLive({
      apply: (posts, post: Post) => (post.id === 0 ? [] : posts.length > 8 ? posts : upsert(posts, post)),
    })
    for (const id of [2, 0, 3]) world.push('s1', { id, title: String(id) })
    await passTime(20)
    expect(world.titles()).toEqual(['3'])
    for (const id of [4, 5]) world.push('s1', { id, title: String(id) })
    await passTime(20)
    expect(world.titles()).toEqual(['3', '4', '5'])
  })

  it('is reported when it throws at one push, and the others are applied', async () => {
    const world = await openLive({
      apply: (posts, post: Post) => {
        posts.push({ id: 0, title: 'half done' })
        if (post.id === 2) throw new Error('not this one')
        posts.pop()
        posts.push(post)
      },
    })
    for (const post of [three, two, one]) world.push('s1', post)
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'three', 'one'])
    expect(world.errors()).toEqual(['callback_failed'])
    expect(world.state().error?.message).toEqual(sentence('"apply" threw: not this one', 'not this one'))
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
    const world = await openQueryWorld(api)
    void world.run(api.endpoints.getCount.initiate())
    void world.run(api.endpoints.getName.initiate())
    const [count, name] = world.askedFor('subscribe')
    world.answer('c', count!.id)
    world.answer('n', name!.id)
    world.answerTo('getCount', 1)
    world.answerTo('getName', null)
    await passTime(20)
    for (const more of [2, 3]) world.push('c', more)
    world.push('n', 'nothing')
    await passTime(20)
    const data = (endpoint: 'getCount' | 'getName') => api.endpoints[endpoint].select()(world.app() as never).data
    expect(data('getCount')).toBe(6)
    expect(data('getName')).toBeNull()
  })
})

describe('a callback that throws', () => {
  it('fails the stream when it makes the params', async () => {
    const world = await open({
      params: () => {
        throw new Error('no token')
      },
    })
    void world.run(world.getPosts.initiate('sea'))
    world.answerTo('getPosts', [one])
    await passTime(20)
    expect(world.errors()).toEqual(['callback_failed'])
    expect(selectStream(world.root(), 'getPosts', 'sea')).toMatchObject({
      status: 'error',
      error: { code: 'callback_failed' },
    })
    expect(world.titles()).toEqual(['one'])
  })

  it('counts as "not recovered" when it is isRecovered', async () => {
    const world = await openLive({
      isRecovered: () => {
        throw new Error('what?')
      },
    })
    await world.reopen()
    world.answerTo('subscribe', 's2')
    expect(world.askedFor('getPosts')).toHaveLength(1)
    expect(world.errors()).toEqual(['callback_failed'])
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
    const world = await openQueryWorld(first, {
      reducer: { [first.reducerPath]: first.reducer, second: second.reducer },
      middleware: [first.middleware, second.middleware],
    })
    disposeAfterTest({ dispose: () => world.run(second.util.resetApiState()) })
    void world.run(second.endpoints.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    world.answerTo('secondPosts', [])
    await passTime(20)
    await world.reopen()
    world.answerTo('subscribe', 's1')
    expect(world.askedFor('secondPosts')).toHaveLength(1)
    expect(world.askedFor('getPosts')).toEqual([])
  })
})

describe('a connection that does not speak JSON-RPC', () => {
  it('fails the stream and the query', async () => {
    const api = createPostsApi()
    const world = await openQueryWorld(api, { speaksRpc: false })
    void world.run(api.endpoints.getPosts.initiate('sea'))
    await passTime(20)
    const message = sentence(/give createSocketMiddleware the option protocol: jsonRpc\(\)/)
    expect(selectStream(world.root(), api.endpoints.getPosts, 'sea')).toMatchObject({
      status: 'error',
      error: { code: 'no_protocol', message },
    })
    expect(api.endpoints.getPosts.select('sea')(world.app() as never).error).toEqual({ code: 'no_protocol', message })
    void world.run(api.util.resetApiState())
    await passTime(1)
    expect(world.streams()).toEqual({})
  })
})

describe('an entry that the app has put into the cache', () => {
  it('has a stream, and is fetched once the server has accepted the subscription', async () => {
    const world = await open()
    void world.run(world.api.util.upsertQueryEntries([{ endpointName: 'getPosts', arg: 'sea', value: [one] }]))
    void world.run(world.getPosts.initiate('sea'))
    await passTime(20)
    world.answerTo('subscribe', 's1')
    world.push('s1', three)
    await passTime(20)
    world.answerTo('getPosts', [one, two])
    await passTime(20)
    expect(world.titles()).toEqual(['one', 'two', 'three'])
    expect(world.status('getPosts', 'sea')).toBe('live')
  })
})
