import { nanoid, type ThunkAction, type UnknownAction } from '@reduxjs/toolkit'
import { fetchPosts } from './api.js'
import { PAGE_SIZE, type PostPage } from './post.js'
import {
  loadFailed,
  loadStarted,
  MAX_POSTS,
  pageLoaded,
  selectPosts,
  type PostsRequest,
  type WithPosts,
} from './postsSlice.js'

type PostsThunk = ThunkAction<Promise<void>, WithPosts, unknown, UnknownAction>

const load =
  (part: PostsRequest['part'], fetchPage: () => Promise<PostPage>): PostsThunk =>
  async (dispatch) => {
    const id = nanoid()
    dispatch(loadStarted({ id, part }))
    try {
      dispatch(pageLoaded({ id, page: await fetchPage() }))
    } catch (error) {
      dispatch(loadFailed({ id, problem: (error as Error).message }))
    }
  }

/** Loads the newest posts: as many as the list has, so that a list that was extended keeps its length. */
export const loadPosts = (): PostsThunk => (dispatch, getState) => {
  const { length } = selectPosts(getState())
  return dispatch(load('newest', () => fetchPosts(Math.min(Math.max(PAGE_SIZE, length), MAX_POSTS))))
}

/** Loads posts older than those in the list. */
export const loadOlderPosts = (): PostsThunk => (dispatch, getState) => {
  const posts = selectPosts(getState())
  const limit = Math.min(PAGE_SIZE, MAX_POSTS - posts.length)
  return dispatch(load('older', () => fetchPosts(limit, posts.at(-1)?.id)))
}
