import { configureStore, createAction, createReducer } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketReducer, type SocketMiddlewareOptions } from '../../../src/index.js'

export const said = createAction<string>('chat/said')

const lines = createReducer<string[]>([], (builder) =>
  builder.addCase(said, (state, { payload }) => void state.push(payload)),
)

// Redux Toolkit's checks are on; only their warning about taking long is off.
const checks = { immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } }

/** A small app: what is said goes to the server, and what the server says is shown. */
export const createChat = (options: SocketMiddlewareOptions) => {
  const socket = createSocketMiddleware({ url: 'ws://chat.test/', accept: [said], forward: [said], ...options })
  const store = configureStore({
    reducer: { socket: socketReducer, lines },
    middleware: (defaults) => defaults(checks).prepend(socket.middleware),
  })
  return { store, dispose: socket.dispose }
}
