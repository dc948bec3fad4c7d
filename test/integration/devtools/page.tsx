import { configureStore } from '@reduxjs/toolkit'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import { SocketDevtools } from '../../../src/devtools/index.js'
import { createSocketMiddleware, socketConnect, socketReducer, socketSend } from '../../../src/index.js'
import { createFakeServer } from '../../../src/testing/index.js'

// Run in Chromium by chromium.test.ts: an app with the devtools at the bottom, and a connection to a fake server.

const { WebSocket } = createFakeServer()
const socket = createSocketMiddleware({ url: 'ws://example.test/ws', WebSocket })
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

const show = () => {
  const main = document.body.appendChild(document.createElement('main'))
  createRoot(main).render(
    <Provider store={store}>
      <h1>The app</h1>
      <SocketDevtools initialIsOpen />
    </Provider>,
  )
  void store.dispatch(socketConnect())
}

Object.assign(globalThis, {
  /** Sends messages, each of which is a row of the log. */
  send: (count: number) => {
    for (let n = 1; n <= count; n += 1) store.dispatch(socketSend({ n }))
  },
})

document.addEventListener('DOMContentLoaded', show)
