import { describe, expect, it } from '@jest/globals'
import { createPostsApi, openQueryWorld, passTime, useFakeTime } from '../../unit/query/harness.js'

useFakeTime()

const openStale = async () => {
  const api = createPostsApi()
  const world = await openQueryWorld(api)
  const query = world.run(api.endpoints.getPosts.initiate('sea'))
  world.answerTo('subscribe', 's1')
  world.answerTo('getPosts', [])
  await passTime(20)
  await world.reopen()
  world.answerTo('subscribe', 's2')
  world.refuseTo('getPosts', { code: 7, message: 'busy' })
  await passTime(20)
  return { ...world, api, query }
}

// On a quiet channel the entry was "stale" for hours, until the next push.
describe('an entry whose refetch failed after a reconnect', () => {
  it('is live as soon as the app has fetched it, without a push', async () => {
    const world = await openStale()
    expect(world.status('getPosts', 'sea')).toBe('stale')
    void world.query.refetch()
    expect(world.status('getPosts', 'sea')).toBe('stale')
    world.answerTo('getPosts', [{ id: 1, title: 'one' }])
    await passTime(1)
    expect(world.status('getPosts', 'sea')).toBe('live')
  })

  it('stays stale when another entry is fetched', async () => {
    const world = await openStale()
    void world.run(world.api.endpoints.getPosts.initiate('hill'))
    world.answerTo('getPosts', [])
    await passTime(1)
    expect(world.api.endpoints.getPosts.select('hill')(world.app() as never).data).toEqual([])
    expect(world.status('getPosts', 'sea')).toBe('stale')
  })
})
