import { createSocketActions, createSocketMiddleware } from '../../../src/index.js'
import { createRpcActions, jsonRpc } from '../../../src/rpc/index.js'
import { sessionFeature } from '../../../src/session/index.js'

/** The actions of the connection on which the server pushes every post that is written. */
export const postsSocket = createSocketActions('posts')

export const postsRpc = createRpcActions(postsSocket)

export const { middleware: postsMiddleware } = createSocketMiddleware.with(sessionFeature)({
  actions: postsSocket,
  url: '/posts/live',
  protocol: jsonRpc(),
  // What is written while the line is cut arrives once, when it is back.
  session: {},
})
