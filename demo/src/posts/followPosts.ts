import type { ThunkAction, UnknownAction } from '@reduxjs/toolkit'
import * as v from 'valibot'
import { postsRpc, postsSocket } from './connection.js'
import { loadPosts } from './loadPosts.js'
import { postChangeSchema } from './post.js'
import { followed, postCreated, postUpdated, resumed, selectIsFollowed, type WithPosts } from './postsSlice.js'

/**
 * Connects, and subscribes to the channel of the posts, once. The channel has a history: after a lost connection the server pushes what was missed, and the list
 * is loaded again only when the history does not reach back that far.
 */
export const followPosts = (): ThunkAction<void, WithPosts, unknown, UnknownAction> => (dispatch, getState) => {
  if (selectIsFollowed(getState())) return
  dispatch(followed())
  let isFirst = true
  const observer = {
    subscribed: (_answer: unknown, recovered: boolean) => {
      // Posts that were written before the subscription. New ones are pushed from now on, so none is missed in between.
      if (isFirst || !recovered) void dispatch(loadPosts())
      if (!isFirst) dispatch(resumed(recovered))
      isFirst = false
    },
    pushed: (data: unknown) => {
      const { action, post } = v.parse(postChangeSchema, data)
      dispatch(action === 'create' ? postCreated(post) : postUpdated(post))
    },
  }
  dispatch(postsRpc.subscribe('posts', undefined, { observer }))
  void dispatch(postsSocket.connect())
}
