// An app of its own would import from 'reduplex'; the demo is bundled with the library's sources, so that it shows them.
import { combineReducers, configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketReducer } from '../../src/index.js'
import { logReducer } from './log/logSlice.js'
import { createRecorder } from './log/recorder.js'

/** Small, so that the page can show the queue filling and overflowing. The library's own default is 1000. */
export const QUEUE_LIMIT = 50

const socket = createSocketMiddleware({ queue: { maxMessages: QUEUE_LIMIT } })

const rootReducer = combineReducers({ socket: socketReducer, log: logReducer })

export const store = configureStore({
  reducer: rootReducer,
  // The recorder stands behind the socket's middleware, where commands already carry what became of them.
  middleware: (defaults) => defaults().prepend(socket.middleware).concat(createRecorder()),
})

export type RootState = ReturnType<typeof rootReducer>
export type AppDispatch = typeof store.dispatch
