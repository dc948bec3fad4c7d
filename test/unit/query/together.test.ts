import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { createQueryWorld, openQueryWorld, passTime, upsert, useFakeTime, type Post } from './harness.js'

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
    const world = createQueryWorld(api, { lazy: true })
    const endpoints = names.map((name) => api.endpoints[name]!)
    const components = endpoints.flatMap((endpoint) => Array.from({ length: 3 }, () => world.run(endpoint.initiate())))
    await passTime(1)
    expect(world.network.sockets).toHaveLength(1)
    expect(world.askedFor('subscribe')).toHaveLength(1)
    expect(world.asked()).toHaveLength(51)
    world.answerTo('subscribe', 's1')
    for (const name of names) world.answerTo(name, [one])
    await passTime(20)
    world.push('s1', two)
    await passTime(20)
    const data = () => endpoints.map((endpoint) => endpoint.select()(world.app() as never).data)
    expect(data()).toEqual(names.map(() => [one, two]))
    expect(endpoints.map((endpoint) => world.status(endpoint))).toEqual(names.map(() => 'live'))

    await world.reopen()
    expect(world.askedFor('subscribe')).toHaveLength(1)
    world.answerTo('subscribe', 's2')
    const asked = () => names.filter((name) => world.askedFor(name).length === 1)
    for (let answered = 0; answered < 50; answered += 5) {
      expect(asked()).toHaveLength(answered + 5)
      for (const name of asked().slice(answered)) world.answerTo(name, [one, two])
      // oxlint-disable-next-line no-await-in-loop
      await passTime(20)
    }

    const [kept, ...others] = components
    for (const component of others) component.unsubscribe()
    await passTime(61_000)
    expect(world.askedFor('unsubscribe')).toEqual([])
    kept!.unsubscribe()
    await passTime(61_000)
    expect(world.askedFor('unsubscribe')).toMatchObject([{ params: { id: 's2' } }])
    expect(world.network.sockets).toHaveLength(2)
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
    const world = await openQueryWorld(api)
    void world.run(api.endpoints.getPost.initiate(1))
    world.answerTo('subscribe', 's1')
    world.answerTo('getPost', one)
    await passTime(20)
    const title = () => api.endpoints.getPost.select(1)(world.app() as never).data?.title
    const rename = () => world.run(api.endpoints.renamePost.initiate({ id: 1, title: 'new' }))
    return { ...world, title, rename }
  }

  it('changes the data at once, and stays when the server accepts it', async () => {
    const world = await openOptimistic()
    const renamed = world.rename()
    expect(world.title()).toBe('new')
    world.answerTo('renamePost', { id: 1, title: 'new' })
    await renamed
    await passTime(1)
    expect(world.title()).toBe('new')
  })

  it('is rolled back when the server refuses it', async () => {
    const world = await openOptimistic()
    const renamed = world.rename()
    world.refuseTo('renamePost', { code: -32602, message: 'too short' })
    expect(await renamed).toMatchObject({ error: { code: -32602 } })
    await passTime(1)
    expect(world.title()).toBe('one')
  })

  it('is rolled back when the connection is lost, and the entry is fetched after the reconnect', async () => {
    const world = await openOptimistic()
    const renamed = world.rename()
    world.network.last.drop()
    expect(await renamed).toMatchObject({ error: { code: 'disconnected' } })
    await passTime(1)
    expect(world.title()).toBe('one')
    await passTime(150)
    expect(world.askedFor('renamePost')).toEqual([])
    world.answerTo('subscribe', 's2')
    // The server had served it before the connection was lost.
    world.answerTo('getPost', { id: 1, title: 'new' })
    await passTime(20)
    expect(world.title()).toBe('new')
  })
})
