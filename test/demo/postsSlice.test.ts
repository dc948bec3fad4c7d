import { describe, expect, it } from '@jest/globals'
import type { Post, PostPage } from '../../demo/src/posts/post.js'
import {
  answered,
  failed,
  MAX_HELD,
  postCreated,
  postsReducer,
  postUpdated,
  requested,
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
const after = (...actions: Action[]) => actions.reduce(postsReducer, postsReducer(undefined, { type: 'start' }))
const titles = ({ ids, entities }: ReturnType<typeof after>) => ids.map((id) => entities[id]?.title)
const ask = (id: string, part: 'newest' | 'older' = 'newest') => requested({ id, part })

describe('S7 posts that are told in any order', () => {
  it('stand in the order of their numbers, the newest first', () => {
    expect(after(postCreated(post(2)), postCreated(post(3)), postCreated(post(1))).ids).toEqual([3, 2, 1])
  })

  it('are replaced by an update, by id, and never twice in the list', () => {
    const state = after(postCreated(post(1)), postCreated(post(2)), postUpdated(post(1, 2)), postCreated(post(2)))
    expect(titles(state)).toEqual(['post 2, version 1', 'post 1, version 2'])
    expect(state.lastChange).toEqual({ id: 1, action: 'update' })
  })

  it('keep the newer version when an older one comes late, by whatever way', () => {
    const late = after(postUpdated(post(1, 3)), postUpdated(post(1, 2)), postCreated(post(1, 1)))
    expect(titles(late)).toEqual(['post 1, version 3'])
    // Two concurrent edits: whoever hears them in whatever order ends up the same.
    const [x, y] = [postUpdated(post(1, 2, 'x')), postUpdated(post(1, 3, 'y'))]
    expect(after(x, y)).toEqual(after(y, x, y))
    expect(titles(after(x, y))).toEqual(['y'])
  })
})

describe('a list that is fetched', () => {
  it('keeps what was heard while it was fetched, and may have been made before that', () => {
    const state = after(
      ask('a'),
      postCreated(post(3)),
      postUpdated(post(1, 2)),
      answered({ id: 'a', page: page([post(2), post(1)]) }),
    )
    expect(titles(state)).toEqual(['post 3, version 1', 'post 2, version 1', 'post 1, version 2'])
    expect([state.isLoaded, state.request, state.heard]).toEqual([true, null, []])
  })

  it('replaces all that was held before: it may be of a database that is no more', () => {
    const state = after(postCreated(post(9, 7)), ask('a'), answered({ id: 'a', page: page([post(1)]) }))
    expect(titles(state)).toEqual(['post 1, version 1'])
    expect(after(postCreated(post(9)), ask('a'), answered({ id: 'a', page: page([]) })).ids).toEqual([])
  })

  it('counts only when it was the last one asked for', () => {
    const state = after(
      ask('a'),
      ask('b'),
      answered({ id: 'b', page: page([post(2)]) }),
      answered({ id: 'a', page: page([post(1)]) }),
      failed({ id: 'a', problem: 'too late' }),
    )
    expect([state.ids, state.problem]).toEqual([[2], ''])
  })

  it('that fails leaves what is held, and says why', () => {
    const state = after(postCreated(post(1)), ask('a'), failed({ id: 'a', problem: 'The server is not there.' }))
    expect([state.ids, state.problem, state.request]).toEqual([[1], 'The server is not there.', null])
    expect(postsReducer(state, ask('b')).problem).toBe('')
  })

  it('has no holes: what is older than the oldest held is not taken before it is asked for', () => {
    const newest = after(ask('a'), answered({ id: 'a', page: page([post(8), post(7)], true) }))
    expect(postsReducer(newest, postUpdated(post(2, 2))).ids).toEqual([8, 7])
    const older = [ask('b', 'older'), postUpdated(post(6, 3)), answered({ id: 'b', page: page([post(6, 2), post(5)]) })]
    const state = older.reduce(postsReducer, newest)
    // The answer was made before the update was heard.
    expect(titles(state).slice(2)).toEqual(['post 6, version 3', 'post 5, version 1'])
    expect(state.floor).toBe(0)
  })

  it('is bounded: of more than it may hold, the oldest go', () => {
    const state = after(...Array.from({ length: MAX_HELD + 3 }, (_, index) => postCreated(post(index + 1))))
    expect([state.ids.length, state.ids[0], state.floor]).toEqual([MAX_HELD, MAX_HELD + 3, 4])
  })
})
