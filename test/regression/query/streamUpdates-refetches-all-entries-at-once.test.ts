import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import {
  createPostsApi,
  setupOpenQueryStore,
  advanceTime,
  upsert,
  useFakeTime,
  type Post,
} from '../../unit/query/harness.js'

useFakeTime()

const retryWith = (random: () => number) => ({ reconnect: { backoff: () => 100, random } })

/** An open store with entries for these arguments, each with a reader, whose streams are live. */
const openLive = async (tags: readonly string[], random: () => number) => {
  const api = createPostsApi()
  const store = await setupOpenQueryStore(api, retryWith(random))
  const { getPosts } = api.endpoints
  const answered = new Set<number>()
  const unanswered = (method: string) =>
    store.lastSocketMessages().filter((message) => message.method === method && !answered.has(message.id!))
  const answer = (method: string, result: unknown): number => {
    const [first] = unanswered(method)
    if (!first) return 0
    answered.add(first.id!)
    store.answer(method === 'subscribe' ? `s${first.id}` : result, first.id)
    return 1 + answer(method, result)
  }
  const read = (tag: string) => store.run(getPosts.initiate(tag))
  const readers = tags.map(read)
  const answerAll = () => answer('subscribe', undefined) + answer('getPosts', [])
  while (answerAll()) continue
  await advanceTime(20)
  const reopen = async () => {
    store.network.last.cut()
    await advanceTime(150)
    while (answer('subscribe', undefined)) continue
  }
  const fetched = () => store.requestsFor('getPosts').map(({ params }) => (params as { tag: string }).tag)
  const statuses = () => new Set(tags.map((tag) => store.status('getPosts', tag)))
  return { ...store, answer, fetched, getPosts, read, readers, reopen, statuses, unanswered }
}

const fifty = Array.from({ length: 50 }, (_, index) => `tag ${index}`)

// 50 entries were 50 requests within 80 ms of each reconnect, on each of a thousand clients.
describe('the entries of a page after a reconnect', () => {
  it('are fetched over a second, at most 5 at a time', async () => {
    let step = 0
    const store = await openLive(fifty, () => (step++ % 50) / 50)
    await store.reopen()
    await advanceTime(79)
    expect(store.fetched().length).toBeLessThan(8)
    expect(store.statuses()).toEqual(new Set(['stale']))
    for (let time = 79; time < 1_100; time += 20) {
      expect(store.unanswered('getPosts').length).toBeLessThanOrEqual(5)
      store.answer('getPosts', [])
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(20)
    }
    expect(store.fetched().toSorted()).toEqual(fifty.toSorted())
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it('are fetched 5 at a time when all start at once', async () => {
    const store = await openLive(fifty, () => 0)
    await store.reopen()
    for (let count = 5; count <= 50; count += 5) {
      expect(store.fetched()).toHaveLength(count)
      store.answer('getPosts', [])
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
    }
    await advanceTime(20)
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it.each([0.2, 0.9])('are fetched after a part of a second that is random: %d', async (part) => {
    const store = await openLive(['sea'], () => part)
    await store.reopen()
    await advanceTime(part * 1_000 - 1)
    expect(store.fetched()).toEqual([])
    await advanceTime(1)
    expect(store.fetched()).toEqual(['sea'])
    await advanceTime(10_000)
    expect(store.fetched()).toEqual(['sea'])
    store.answer('getPosts', [])
  })

  it('are fetched once when the connection is lost again meanwhile', async () => {
    const store = await openLive(['sea'], () => 0.9)
    await store.reopen()
    await store.reopen()
    await advanceTime(2_000)
    expect(store.fetched()).toEqual(['sea'])
    store.answer('getPosts', [])
    await advanceTime(20)
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it('are not fetched when the app has fetched them meanwhile', async () => {
    const store = await openLive(['sea'], () => 0.5)
    await store.reopen()
    void store.readers[0]!.refetch()
    await advanceTime(100)
    store.answer('getPosts', [])
    await advanceTime(5_000)
    expect(store.fetched()).toEqual(['sea'])
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it('are fetched all the same when the fetch of the app failed meanwhile', async () => {
    const store = await openLive(['sea'], () => 0.5)
    await store.reopen()
    void store.readers[0]!.refetch()
    await advanceTime(100)
    store.refuseTo('getPosts', { code: 7, message: 'busy' })
    await advanceTime(1_000)
    expect(store.fetched()).toEqual(['sea', 'sea'])
    store.answerTo('getPosts', [])
    await advanceTime(20)
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it('are not fetched once they are removed', async () => {
    const store = await openLive(['sea'], () => 0.9)
    store.readers[0]!.unsubscribe()
    await advanceTime(59_500)
    await store.reopen()
    await advanceTime(60_000)
    expect(store.fetched()).toEqual([])
  })
})

describe('an entry that nothing reads', () => {
  it('is not fetched after a reconnect, but as soon as something reads it', async () => {
    const store = await openLive(['sea', 'sky'], () => 0)
    store.readers[1]!.unsubscribe()
    await store.reopen()
    await advanceTime(1_000)
    expect(store.fetched()).toEqual(['sea'])
    expect(store.status('getPosts', 'sky')).toBe('stale')
    void store.read('sky')
    await advanceTime(1)
    expect(store.fetched()).toEqual(['sea', 'sky'])
    store.answer('getPosts', [])
    await advanceTime(20)
    expect(store.statuses()).toEqual(new Set(['live']))
  })

  it('is fetched once when what reads it fetches it itself', async () => {
    const store = await openLive(['sea'], () => 0)
    store.readers[0]!.unsubscribe()
    await store.reopen()
    void store.run(store.getPosts.initiate('sea', { forceRefetch: true }))
    store.answer('getPosts', [])
    await advanceTime(1_000)
    expect(store.fetched()).toEqual(['sea'])
    expect(store.statuses()).toEqual(new Set(['live']))
  })
})

describe('an entry with two streams', () => {
  it('is fetched once after a reconnect', async () => {
    const streams = ['added', 'changed'].map((channel) =>
      streamUpdates<Post[], void, Post>({
        api: (): StreamedApi => api,
        channel,
        apply: (posts, post) => upsert(posts, post),
      }),
    )
    const api = createApi({
      baseQuery: socketBaseQuery(),
      endpoints: (build) => ({
        getPosts: build.query<Post[], void>({
          query: () => 'getPosts',
          onCacheEntryAdded: async (arg, entry) => {
            await Promise.all(streams.map(async (stream) => await stream(arg, entry)))
          },
        }),
      }),
    })
    const store = await setupOpenQueryStore(
      api,
      retryWith(() => 0.5),
    )
    void store.run(api.endpoints.getPosts.initiate())
    const subscribe = () => {
      for (const { id } of store.requestsFor('subscribe')) store.answer(`s${id}`, id)
    }
    subscribe()
    store.answerTo('getPosts', [])
    await advanceTime(20)
    await store.reopen()
    subscribe()
    await advanceTime(10_000)
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    store.answerTo('getPosts', [{ id: 1, title: 'one' }])
    await advanceTime(10_000)
    expect(store.requestsFor('getPosts')).toHaveLength(1)
    expect(store.status('getPosts')).toBe('live')
  })
})
