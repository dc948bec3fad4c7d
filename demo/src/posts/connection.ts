import { createSocketActions, createSocketMiddleware, schemaFeature } from '../../../src/index.js'
import { postMessageSchema } from './post.js'
import { loadPosts } from './loadPosts.js'
import { postCreated, postUpdated, type WithPosts } from './postsSlice.js'

/** A connection of its own, on which the server tells of every post that is written. */
export const postsSocket = createSocketActions({ name: 'posts', schema: { receive: postMessageSchema } })

export const { middleware: postsMiddleware } = createSocketMiddleware.with(schemaFeature).withTypes<WithPosts>()({
  actions: postsSocket,
  url: '/posts/live',
  toActions: ({ payload: { action, post } }) => (action === 'create' ? postCreated(post) : postUpdated(post)),
  // What was missed before, or while away. By now new ones are heard, so none falls between the two.
  onOpen: ({ dispatch }) => dispatch(loadPosts()),
})
