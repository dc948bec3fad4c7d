import { nanoid, type ThunkAction, type UnknownAction } from '@reduxjs/toolkit'
import { fetchPosts } from './api.js'
import { PAGE_SIZE, type PostPage } from './post.js'
import { answered, failed, MAX_HELD, requested, selectPosts, type PostsRequest, type WithPosts } from './postsSlice.js'

type PostsThunk = ThunkAction<Promise<void>, WithPosts, unknown, UnknownAction>

const load =
  (part: PostsRequest['part'], fetchPage: () => Promise<PostPage>): PostsThunk =>
  async (dispatch) => {
    const id = nanoid()
    dispatch(requested({ id, part }))
    try {
      dispatch(answered({ id, page: await fetchPage() }))
    } catch (error) {
      dispatch(failed({ id, problem: (error as Error).message }))
    }
  }

/** Fetches the newest posts: as many as are held, so that a list that was made longer stays so. */
export const loadPosts = (): PostsThunk => (dispatch, getState) => {
  const held = selectPosts(getState()).length
  return dispatch(load('newest', () => fetchPosts(Math.min(Math.max(PAGE_SIZE, held), MAX_HELD))))
}

/** Fetches more, older than those held. */
export const loadOlderPosts = (): PostsThunk => (dispatch, getState) => {
  const posts = selectPosts(getState())
  const room = Math.min(PAGE_SIZE, MAX_HELD - posts.length)
  return dispatch(load('older', () => fetchPosts(room, posts.at(-1)?.id)))
}
