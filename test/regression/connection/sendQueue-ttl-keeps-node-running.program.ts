import { configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketReducer, socketSend } from '../../../src/index.js'

// One send that waits for a connection which nobody opens.
console.warn = () => {}
const socket = createSocketMiddleware({ url: 'ws://127.0.0.1:1' })
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
console.log(store.dispatch(socketSend('a', { ttl: 600_000 })).delivery)
