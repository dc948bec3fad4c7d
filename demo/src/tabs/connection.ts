import { createSocketMiddleware, type Feature } from '../../../src/index.js'
import { createSharedWebSocket } from '../../../src/tabs/index.js'
import { counted, hello, opened, said, tabName, tabsSocket } from './socket.js'

/** A feature of the page's own: tells the store and the server whether this tab has the real connection. */
const roleFeature: Feature<never> = {
  options: [],
  order: 1,
  create: ({ store }) => ({
    onReady: ({ socket: { isHolder = null } }) => {
      store.dispatch(opened({ isHolder }))
      store.dispatch(tabsSocket.send(hello({ name: tabName, isHolder: isHolder !== false })))
    },
  }),
}

export const { middleware: tabsMiddleware } = createSocketMiddleware.with(roleFeature)({
  actions: tabsSocket,
  url: '/tabs/live',
  WebSocket: createSharedWebSocket(),
  accept: [said, counted],
  heartbeat: { interval: 5_000, timeout: 10_000 },
})
