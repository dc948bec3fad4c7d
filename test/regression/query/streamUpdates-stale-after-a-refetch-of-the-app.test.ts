import { describe, expect, it } from '@jest/globals'
import { createPostsApi, setupOpenQueryStore, advanceTime, useFakeTime } from '../../unit/query/harness.js'

useFakeTime()

const openStale = async () => {
  const api = createPostsApi()
  const store = await setupOpenQueryStore(api)
  const query = store.run(api.endpoints.getPosts.initiate('sea'))
  store.answerTo('subscribe', 's1')
  store.answerTo('getPosts', [])
  await advanceTime(20)
  await store.reopen()
  store.answerTo('subscribe', 's2')
  store.refuseTo('getPosts', { code: 7, message: 'busy' })
  await advanceTime(20)
  return { ...store, api, query }
}

// On a quiet channel the entry was "stale" for hours, until the next push.
describe('an entry whose refetch failed after a reconnect', () => {
  it('is live as soon as the app has fetched it, without a push', async () => {
    const store = await openStale()
    expect(store.status('getPosts', 'sea')).toBe('stale')
    void store.query.refetch()
    expect(store.status('getPosts', 'sea')).toBe('stale')
    store.answerTo('getPosts', [{ id: 1, title: 'one' }])
    await advanceTime(1)
    expect(store.status('getPosts', 'sea')).toBe('live')
  })

  it('stays stale when another entry is fetched', async () => {
    const store = await openStale()
    void store.run(store.api.endpoints.getPosts.initiate('hill'))
    store.answerTo('getPosts', [])
    await advanceTime(1)
    expect(store.api.endpoints.getPosts.select('hill')(store.app() as never).data).toEqual([])
    expect(store.status('getPosts', 'sea')).toBe('stale')
  })
})
