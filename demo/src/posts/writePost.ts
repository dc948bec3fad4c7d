import type { AppDispatch } from '../store.js'
import { sendEdit, sendPost } from './api.js'
import type { NewPost, PostEdit } from './post.js'
import { postCreated, postUpdated } from './postsSlice.js'

// The response goes into the list, too. The same post arrives over the WebSocket earlier, later, or not at all while that is closed.

/** Rejects with an error whose message can be shown to the user. */
export const createPost = (post: NewPost) => async (dispatch: AppDispatch) =>
  dispatch(postCreated(await sendPost(post)))

/** Rejects with an error whose message can be shown to the user. */
export const editPost = (id: number, edit: PostEdit) => async (dispatch: AppDispatch) =>
  dispatch(postUpdated(await sendEdit(id, edit)))
