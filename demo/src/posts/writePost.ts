import type { AppDispatch } from '../store.js'
import { sendEdit, sendPost } from './api.js'
import type { NewPost, PostEdit } from './post.js'
import { postCreated, postUpdated } from './postsSlice.js'

// The answer goes into the list as well: the same post is told over the WebSocket, before or after, or not at all while that is down.

/** Rejects with a sentence. */
export const createPost = (post: NewPost) => async (dispatch: AppDispatch) =>
  dispatch(postCreated(await sendPost(post)))

/** As above. */
export const editPost = (id: number, edit: PostEdit) => async (dispatch: AppDispatch) =>
  dispatch(postUpdated(await sendEdit(id, edit)))
