import { describe, expect, it } from '@jest/globals'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import {
  loadFailed,
  loadStarted,
  MAX_POSTS,
  pageLoaded,
  postCreated,
  postsReducer,
  postUpdated,
} from '../../demo/src/posts/postsSlice.js'

type Action = Parameters<typeof postsReducer>[1]

const post = (id: number, version = 1, title = `post ${id}, version ${version}`): Post => ({
  id,
  title,
  body: '',
  createdAt: id,
  updatedAt: id,
  version,
})
const page = (posts: Post[], hasOlder = false): PostPage => ({ posts, hasOlder })
const reduce = (...actions: Action[]) => actions.reduce(postsReducer, postsReducer(undefined, { type: 'start' }))
const titles = ({ ids, entities }: ReturnType<typeof reduce>) => ids.map((id) => entities[id]?.title)
const start = (id: string, part: 'newest' | 'older' = 'newest') => loadStarted({ id, part })

describe('posts that are received in any order', () => {
  it('are sorted by id, the newest first', () => {
    expect(reduce(postCreated(post(2)), postCreated(post(3)), postCreated(post(1))).ids).toEqual([3, 2, 1])
  })

  it('are replaced by an update of the same id, and appear once', () => {
    const state = reduce(postCreated(post(1)), postCreated(post(2)), postUpdated(post(1, 2)), postCreated(post(2)))
    expect(titles(state)).toEqual(['post 2, version 1', 'post 1, version 2'])
    expect(state.lastChange).toEqual({ id: 1, action: 'update' })
  })

  it('keep the newer version when an older one arrives later, as a creation or an update', () => {
    const late = reduce(postUpdated(post(1, 3)), postUpdated(post(1, 2)), postCreated(post(1, 1)))
    expect(titles(late)).toEqual(['post 1, version 3'])
    // Two concurrent edits result in the same list in any order.
    const [x, y] = [postUpdated(post(1, 2, 'x')), postUpdated(post(1, 3, 'y'))]
    expect(reduce(x, y)).toEqual(reduce(y, x, y))
    expect(titles(reduce(x, y))).toEqual(['y'])
  })
})

describe('a list that is loaded', () => {
  it('keeps changes that were received during the request', () => {
    const state = reduce(
      start('a'),
      postCreated(post(3)),
      postUpdated(post(1, 2)),
      pageLoaded({ id: 'a', page: page([post(2), post(1)]) }),
    )
    expect(titles(state)).toEqual(['post 3, version 1', 'post 2, version 1', 'post 1, version 2'])
    expect([state.isLoaded, state.request, state.pendingChanges]).toEqual([true, null, []])
  })

  it('replaces all earlier posts, which may be of another database', () => {
    const state = reduce(postCreated(post(9, 7)), start('a'), pageLoaded({ id: 'a', page: page([post(1)]) }))
    expect(titles(state)).toEqual(['post 1, version 1'])
    expect(reduce(postCreated(post(9)), start('a'), pageLoaded({ id: 'a', page: page([]) })).ids).toEqual([])
  })

  it('ignores responses to all but the last request', () => {
    const state = reduce(
      start('a'),
      start('b'),
      pageLoaded({ id: 'b', page: page([post(2)]) }),
      pageLoaded({ id: 'a', page: page([post(1)]) }),
      loadFailed({ id: 'a', problem: 'ignored' }),
    )
    expect([state.ids, state.problem]).toEqual([[2], ''])
  })

  it('keeps its posts and the error when a request fails', () => {
    const state = reduce(
      postCreated(post(1)),
      start('a'),
      loadFailed({ id: 'a', problem: 'The server cannot be reached.' }),
    )
    expect([state.ids, state.problem, state.request]).toEqual([[1], 'The server cannot be reached.', null])
    expect(postsReducer(state, start('b')).problem).toBe('')
  })

  it('has no gaps: a post older than the oldest in the list is ignored until older posts are requested', () => {
    const newest = reduce(start('a'), pageLoaded({ id: 'a', page: page([post(8), post(7)], true) }))
    expect(postsReducer(newest, postUpdated(post(2, 2))).ids).toEqual([8, 7])
    const older = [
      start('b', 'older'),
      postUpdated(post(6, 3)),
      pageLoaded({ id: 'b', page: page([post(6, 2), post(5)]) }),
    ]
    const state = older.reduce(postsReducer, newest)
    // The response was created before the update.
    expect(titles(state).slice(2)).toEqual(['post 6, version 3', 'post 5, version 1'])
    expect(state.oldestId).toBe(0)
  })

  it('removes its oldest posts beyond the limit', () => {
    const state = reduce(...Array.from({ length: MAX_POSTS + 3 }, (_, index) => postCreated(post(index + 1))))
    expect([state.ids.length, state.ids[0], state.oldestId]).toEqual([MAX_POSTS, MAX_POSTS + 3, 4])
  })
})
