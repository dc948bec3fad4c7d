import { configureStore } from '@reduxjs/toolkit'
import { createProtocol, createSocketMiddleware, socketConnect, socketReducer } from '../../../src/index.js'

// A page whose protocol sends a last message.

const open = async (url: string): Promise<unknown> => {
  const protocol = createProtocol(() => ({ beforeClose: ({ send, isFinal }) => send({ bye: isFinal }) }))
  const socket = createSocketMiddleware({ url, protocol })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return await store.dispatch(socketConnect())
}

Object.assign(globalThis, { open })
