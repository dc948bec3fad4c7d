import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { setupQueryStore, setupOpenQueryStore, advanceTime, upsert, useFakeTime, type Post } from './harness.js'

useFakeTime()

const one: Post = { id: 1, title: 'one' }
const two: Post = { id: 2, title: 'two' }

describe('fifty endpoints with a few components each', () => {
  const names = Array.from({ length: 50 }, (_, at) => `getPosts${String(at)}`)
  const createFifty = () => {
    const api = createApi({
      baseQuery: socketBaseQuery(),
      endpoints: (build) =>
        Object.fromEntries(
          names.map((name) => [
            name,
            build.query<readonly Post[], void>({
              query: () => name,
              onCacheEntryAdded: streamUpdates({
                api: (): StreamedApi => api,
                channel: 'posts',
                params: { tag: 'sea' },
                apply: (posts, post: Post) => upsert(posts, post),
              }),
            }),
          ]),
        ),
    })
    return api
  }

  it('share one socket and one subscription until the last of them is removed', async () => {
    const api = createFifty()
    const store = setupQueryStore(api, { lazy: true })
    const endpoints = names.map((name) => api.endpoints[name]!)
    const components = endpoints.flatMap((endpoint) => Array.from({ length: 3 }, () => store.run(endpoint.initiate())))
    await advanceTime(1)
    expect(store.network.connections).toHaveLength(1)
    expect(store.requestsFor('subscribe')).toHaveLength(1)
    expect(store.sentMessages()).toHaveLength(51)
    store.answerTo('subscribe', 's1')
    for (const name of names) store.answerTo(name, [one])
    await advanceTime(20)
    store.push('s1', two)
    await advanceTime(20)
    const data = () => endpoints.map((endpoint) => endpoint.select()(store.app() as never).data)
    expect(data()).toEqual(names.map(() => [one, two]))
    expect(endpoints.map((endpoint) => store.status(endpoint))).toEqual(names.map(() => 'live'))

    await store.reopen()
    expect(store.requestsFor('subscribe')).toHaveLength(1)
    store.answerTo('subscribe', 's2')
    const asked = () => names.filter((name) => store.requestsFor(name).length === 1)
    for (let answered = 0; answered < 50; answered += 5) {
      expect(asked()).toHaveLength(answered + 5)
      for (const name of asked().slice(answered)) store.answerTo(name, [one, two])
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(20)
    }

    const [kept, ...others] = components
    for (const component of others) component.unsubscribe()
    await advanceTime(61_000)
    expect(store.requestsFor('unsubscribe')).toEqual([])
    kept!.unsubscribe()
    await advanceTime(61_000)
    expect(store.requestsFor('unsubscribe')).toMatchObject([{ params: { id: 's2' } }])
    expect(store.network.connections).toHaveLength(2)
  })
})

describe('an optimistic mutation', () => {
  const createOptimistic = () => {
    const api = createApi({
      baseQuery: socketBaseQuery(),
      endpoints: (build) => ({
        getPost: build.query<Post, number>({
          query: (id) => ({ method: 'getPost', params: { id } }),
          onCacheEntryAdded: streamUpdates({
            api: (): StreamedApi => api,
            channel: (id) => `post/${String(id)}`,
            apply: (_old, post: Post) => post,
          }),
        }),
        renamePost: build.mutation<Post, Post>({
          query: (params) => ({ method: 'renamePost', params }),
          onQueryStarted: async ({ id, title }, { dispatch, queryFulfilled }) => {
            const patch = dispatch(api.util.updateQueryData('getPost', id, (post) => ({ ...post, title })))
            await queryFulfilled.catch(patch.undo)
          },
        }),
      }),
    })
    return api
  }
  const openOptimistic = async () => {
    const api = createOptimistic()
    const store = await setupOpenQueryStore(api)
    void store.run(api.endpoints.getPost.initiate(1))
    store.answerTo('subscribe', 's1')
    store.answerTo('getPost', one)
    await advanceTime(20)
    const title = () => api.endpoints.getPost.select(1)(store.app() as never).data?.title
    const rename = () => store.run(api.endpoints.renamePost.initiate({ id: 1, title: 'new' }))
    return { ...store, title, rename }
  }

  it('changes the data at once, and stays when the server accepts it', async () => {
    const store = await openOptimistic()
    const renamed = store.rename()
    expect(store.title()).toBe('new')
    store.answerTo('renamePost', { id: 1, title: 'new' })
    await renamed
    await advanceTime(1)
    expect(store.title()).toBe('new')
  })

  it('is rolled back when the server refuses it', async () => {
    const store = await openOptimistic()
    const renamed = store.rename()
    store.refuseTo('renamePost', { code: -32602, message: 'too short' })
    expect(await renamed).toMatchObject({ error: { code: -32602 } })
    await advanceTime(1)
    expect(store.title()).toBe('one')
  })

  it('is rolled back when the connection is lost, and the entry is fetched after the reconnect', async () => {
    const store = await openOptimistic()
    const renamed = store.rename()
    store.network.last.cut()
    expect(await renamed).toMatchObject({ error: { code: 'disconnected' } })
    await advanceTime(1)
    expect(store.title()).toBe('one')
    await advanceTime(150)
    expect(store.requestsFor('renamePost')).toEqual([])
    store.answerTo('subscribe', 's2')
    // The server had served it before the connection was lost.
    store.answerTo('getPost', { id: 1, title: 'new' })
    await advanceTime(20)
    expect(store.title()).toBe('new')
  })
})
