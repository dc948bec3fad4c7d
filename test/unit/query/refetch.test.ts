import { describe, expect, it } from '@jest/globals'
import { refetch } from '../../../src/query/index.js'
import { takePrinted } from '../../support/leaks.js'
import { advanceTime, createPostsApi, setupOpenQueryStore, useFakeTime, type Post } from './harness.js'

useFakeTime()

/** A row with the sequence number of the push that brought it. */
const row = (id: number): Post => ({ id, title: String(id) })
const rows = (last: number): Post[] => Array.from({ length: last }, (_, index) => row(index + 1))

type Returned = 'draft' | 'new data'

/** Applies a push that follows the last one; ignores one that the data contain; fetches when some are missing. */
const applyNext =
  (returned: Returned, calls: number[]) =>
  (posts: Post[], post: Post): Post[] | symbol | undefined => {
    calls.push(post.id)
    if (post.id <= posts.length) return undefined
    if (post.id > posts.length + 1) return refetch()
    if (returned === 'new data') return [...posts, post]
    posts.push(post)
    return undefined
  }

const openLive = async (returned: Returned = 'draft', options: Parameters<typeof createPostsApi>[0] = {}) => {
  const calls: number[] = []
  const api = createPostsApi({ apply: applyNext(returned, calls), ...options })
  const store = await setupOpenQueryStore(api)
  const { getPosts } = api.endpoints
  void store.run(getPosts.initiate('sea'))
  store.answerTo('subscribe', 's1')
  store.answerTo('getPosts', rows(1))
  await advanceTime(20)
  return {
    ...store,
    getPosts,
    push: async (...ids: readonly number[]) => {
      for (const id of ids) store.push('s1', row(id))
      await advanceTime(20)
    },
    ids: () =>
      getPosts
        .select('sea')(store.app() as never)
        .data?.map(({ id }) => id),
    status: () => store.status(getPosts, 'sea'),
    fetches: () => store.requestsFor('getPosts').length,
  }
}

describe.each<Returned>(['draft', 'new data'])('an "apply" that returns refetch() and otherwise a %s', (returned) => {
  it('makes the stream stale, fetches the entry once, and keeps the data', async () => {
    const store = await openLive(returned)
    await store.push(2, 5, 6)
    expect([store.ids(), store.status(), store.fetches()]).toEqual([[1, 2], 'stale', 2])
    await store.push(7)
    await store.push(8)
    expect([store.ids(), store.status(), store.fetches()]).toEqual([[1, 2], 'stale', 2])
  })

  it('puts what was pushed meanwhile into the result', async () => {
    const store = await openLive(returned)
    await store.push(5)
    await store.push(6, 7)
    await store.push(8)
    // The result is older than the newest pushes.
    store.answerTo('getPosts', rows(6))
    await advanceTime(20)
    expect([store.ids(), store.status(), store.fetches()]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], 'live', 2])
    await store.push(9)
    expect([store.ids()?.at(-1), store.fetches()]).toEqual([9, 2])
  })

  it('fetches once more for a gap after the result, and for one in it', async () => {
    const store = await openLive(returned)
    await store.push(5)
    await store.push(9)
    store.answerTo('getPosts', rows(6))
    await advanceTime(20)
    expect([store.ids()?.length, store.status(), store.fetches()]).toEqual([6, 'stale', 3])
    store.answerTo('getPosts', rows(9))
    await advanceTime(20)
    expect([store.ids()?.length, store.status(), store.fetches()]).toEqual([9, 'live', 3])
    await store.push(11)
    expect([store.status(), store.fetches()]).toEqual(['stale', 4])
  })
})

it('refetch() in the pushes before the first data fetches the entry again', async () => {
  const calls: number[] = []
  const api = createPostsApi({ apply: applyNext('draft', calls) })
  const store = await setupOpenQueryStore(api)
  void store.run(api.endpoints.getPosts.initiate('sea'))
  store.answerTo('subscribe', 's1')
  store.push('s1', row(4))
  store.answerTo('getPosts', rows(1))
  await advanceTime(20)
  expect(store.requestsFor('getPosts')).toHaveLength(2)
  store.answerTo('getPosts', rows(4))
  await advanceTime(20)
  expect(store.status(api.endpoints.getPosts, 'sea')).toBe('live')
})

it('refetch() while another request is under way fetches after it, because its result may be older', async () => {
  const store = await openLive()
  void store.run(store.getPosts.initiate('sea', { forceRefetch: true }))
  await store.push(5)
  expect([store.status(), store.fetches()]).toEqual(['stale', 2])
  store.answerTo('getPosts', rows(3))
  await advanceTime(20)
  expect([store.status(), store.fetches()]).toEqual(['stale', 3])
  store.answerTo('getPosts', rows(5))
  await advanceTime(20)
  expect([store.ids(), store.status()]).toEqual([[1, 2, 3, 4, 5], 'live'])
})

it('refetch() without the option "api" leaves the stream stale', async () => {
  const store = await openLive('draft', { api: undefined })
  await store.push(5, 6)
  expect([store.ids(), store.status(), store.fetches()]).toEqual([[1], 'stale', 1])
  // In development it warns of the option.
  takePrinted()
})
