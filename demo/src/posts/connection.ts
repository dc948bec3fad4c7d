import { createSocketActions, createSocketMiddleware, schemaFeature } from '../../../src/index.js'
import { loadPosts } from './loadPosts.js'
import { postMessageSchema } from './post.js'
import { postCreated, postUpdated, type WithPosts } from './postsSlice.js'

/** The actions of the connection on which the server sends every post that is written. */
export const postsSocket = createSocketActions({ name: 'posts', schema: { receive: postMessageSchema } })

export const { middleware: postsMiddleware } = createSocketMiddleware.with(schemaFeature).withTypes<WithPosts>()({
  actions: postsSocket,
  url: '/posts/live',
  toActions: ({ payload: { action, post } }) => (action === 'create' ? postCreated(post) : postUpdated(post)),
  // Loads what was written before the connection opened. New posts are received from now on, so none is missed in between.
  onOpen: ({ dispatch }) => dispatch(loadPosts()),
})
