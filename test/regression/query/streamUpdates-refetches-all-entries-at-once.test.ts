import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { createPostsApi, openQueryWorld, passTime, upsert, useFakeTime, type Post } from '../../unit/query/harness.js'

useFakeTime()

const retryWith = (random: () => number) => ({ reconnect: { backoff: () => 100, random } })

/** An open store with entries for these arguments, each with a reader, whose streams are live. */
const openLive = async (tags: readonly string[], random: () => number) => {
  const api = createPostsApi()
  const world = await openQueryWorld(api, retryWith(random))
  const { getPosts } = api.endpoints
  const answered = new Set<number>()
  const unanswered = (method: string) =>
    world.askedLast().filter((message) => message.method === method && !answered.has(message.id!))
  const answer = (method: string, result: unknown): number => {
    const [first] = unanswered(method)
    if (!first) return 0
    answered.add(first.id!)
    world.answer(method === 'subscribe' ? `s${first.id}` : result, first.id)
    return 1 + answer(method, result)
  }
  const read = (tag: string) => world.run(getPosts.initiate(tag))
  const readers = tags.map(read)
  const answerAll = () => answer('subscribe', undefined) + answer('getPosts', [])
  while (answerAll()) continue
  await passTime(20)
  const reopen = async () => {
    world.network.last.drop()
    await passTime(150)
    while (answer('subscribe', undefined)) continue
  }
  const fetched = () => world.askedFor('getPosts').map(({ params }) => (params as { tag: string }).tag)
  const statuses = () => new Set(tags.map((tag) => world.status('getPosts', tag)))
  return { ...world, answer, fetched, getPosts, read, readers, reopen, statuses, unanswered }
}

const fifty = Array.from({ length: 50 }, (_, index) => `tag ${index}`)

// 50 entries were 50 requests within 80 ms of each reconnect, on each of a thousand clients.
describe('the entries of a page after a reconnect', () => {
  it('are fetched over a second, at most 5 at a time', async () => {
    let step = 0
    const world = await openLive(fifty, () => (step++ % 50) / 50)
    await world.reopen()
    await passTime(79)
    expect(world.fetched().length).toBeLessThan(8)
    expect(world.statuses()).toEqual(new Set(['stale']))
    for (let time = 79; time < 1_100; time += 20) {
      expect(world.unanswered('getPosts').length).toBeLessThanOrEqual(5)
      world.answer('getPosts', [])
      // oxlint-disable-next-line no-await-in-loop
      await passTime(20)
    }
    expect(world.fetched().toSorted()).toEqual(fifty.toSorted())
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it('are fetched 5 at a time when all start at once', async () => {
    const world = await openLive(fifty, () => 0)
    await world.reopen()
    for (let count = 5; count <= 50; count += 5) {
      expect(world.fetched()).toHaveLength(count)
      world.answer('getPosts', [])
      // oxlint-disable-next-line no-await-in-loop
      await passTime(1)
    }
    await passTime(20)
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it.each([0.2, 0.9])('are fetched after a part of a second that is random: %d', async (part) => {
    const world = await openLive(['sea'], () => part)
    await world.reopen()
    await passTime(part * 1_000 - 1)
    expect(world.fetched()).toEqual([])
    await passTime(1)
    expect(world.fetched()).toEqual(['sea'])
    await passTime(10_000)
    expect(world.fetched()).toEqual(['sea'])
    world.answer('getPosts', [])
  })

  it('are fetched once when the connection is lost again meanwhile', async () => {
    const world = await openLive(['sea'], () => 0.9)
    await world.reopen()
    await world.reopen()
    await passTime(2_000)
    expect(world.fetched()).toEqual(['sea'])
    world.answer('getPosts', [])
    await passTime(20)
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it('are not fetched when the app has fetched them meanwhile', async () => {
    const world = await openLive(['sea'], () => 0.5)
    await world.reopen()
    void world.readers[0]!.refetch()
    await passTime(100)
    world.answer('getPosts', [])
    await passTime(5_000)
    expect(world.fetched()).toEqual(['sea'])
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it('are fetched all the same when the fetch of the app failed meanwhile', async () => {
    const world = await openLive(['sea'], () => 0.5)
    await world.reopen()
    void world.readers[0]!.refetch()
    await passTime(100)
    world.refuseTo('getPosts', { code: 7, message: 'busy' })
    await passTime(1_000)
    expect(world.fetched()).toEqual(['sea', 'sea'])
    world.answerTo('getPosts', [])
    await passTime(20)
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it('are not fetched once they are removed', async () => {
    const world = await openLive(['sea'], () => 0.9)
    world.readers[0]!.unsubscribe()
    await passTime(59_500)
    await world.reopen()
    await passTime(60_000)
    expect(world.fetched()).toEqual([])
  })
})

describe('an entry that nothing reads', () => {
  it('is not fetched after a reconnect, but as soon as something reads it', async () => {
    const world = await openLive(['sea', 'sky'], () => 0)
    world.readers[1]!.unsubscribe()
    await world.reopen()
    await passTime(1_000)
    expect(world.fetched()).toEqual(['sea'])
    expect(world.status('getPosts', 'sky')).toBe('stale')
    void world.read('sky')
    await passTime(1)
    expect(world.fetched()).toEqual(['sea', 'sky'])
    world.answer('getPosts', [])
    await passTime(20)
    expect(world.statuses()).toEqual(new Set(['live']))
  })

  it('is fetched once when what reads it fetches it itself', async () => {
    const world = await openLive(['sea'], () => 0)
    world.readers[0]!.unsubscribe()
    await world.reopen()
    void world.run(world.getPosts.initiate('sea', { forceRefetch: true }))
    world.answer('getPosts', [])
    await passTime(1_000)
    expect(world.fetched()).toEqual(['sea'])
    expect(world.statuses()).toEqual(new Set(['live']))
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
    const world = await openQueryWorld(
      api,
      retryWith(() => 0.5),
    )
    void world.run(api.endpoints.getPosts.initiate())
    const subscribe = () => {
      for (const { id } of world.askedFor('subscribe')) world.answer(`s${id}`, id)
    }
    subscribe()
    world.answerTo('getPosts', [])
    await passTime(20)
    await world.reopen()
    subscribe()
    await passTime(10_000)
    expect(world.askedFor('getPosts')).toHaveLength(1)
    world.answerTo('getPosts', [{ id: 1, title: 'one' }])
    await passTime(10_000)
    expect(world.askedFor('getPosts')).toHaveLength(1)
    expect(world.status('getPosts')).toBe('live')
  })
})
