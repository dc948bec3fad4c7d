import { createSocketMiddleware } from '../../../src/index.js'
import { sessionFeature } from '../../../src/session/index.js'
import { entered, said, roomSocket } from './socket.js'

export const { middleware: roomMiddleware } = createSocketMiddleware.with(sessionFeature)({
  actions: roomSocket,
  url: '/room/live',
  accept: [said, entered],
  session: {},
})
