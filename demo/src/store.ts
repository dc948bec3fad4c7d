// An app of its own would import from 'reduplex'; the demo is bundled with the library's sources, so that it shows them.
import { combineReducers, configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketReducer } from '../../src/index.js'
import { chatReducer } from './chat/chatSlice.js'
import { chatMiddlewares } from './chat/connections.js'
import { functionsMiddleware } from './functions/connection.js'
import { logReducer } from './log/logSlice.js'
import { createRecorder } from './log/recorder.js'
import { MAX_FILE_BYTES, MAX_QUEUED_BYTES } from './pictures/limits.js'
import { picturesReducer } from './pictures/picturesSlice.js'
import { createReleaser } from './pictures/releaser.js'
import { postsMiddleware } from './posts/connection.js'
import { postsReducer } from './posts/postsSlice.js'
import { postsApi } from './query/postsApi.js'

/** Small, so that the page can show the queue filling and overflowing. The library's own default is 1000. */
export const QUEUE_LIMIT = 50

export const socket = createSocketMiddleware({
  queue: { maxMessages: QUEUE_LIMIT, maxBytes: MAX_QUEUED_BYTES },
  maxMessageBytes: MAX_FILE_BYTES,
})

const rootReducer = combineReducers({
  socket: socketReducer,
  log: logReducer,
  pictures: picturesReducer,
  chat: chatReducer,
  posts: postsReducer,
  [postsApi.reducerPath]: postsApi.reducer,
})

export const store = configureStore({
  reducer: rootReducer,
  // The recorder stands behind the socket's middleware, where commands already carry what became of them.
  middleware: (defaults) =>
    defaults()
      .prepend(socket.middleware, ...chatMiddlewares, postsMiddleware, functionsMiddleware)
      .concat(postsApi.middleware, createReleaser(socket), createRecorder()),
})

export type RootState = ReturnType<typeof rootReducer>
export type AppDispatch = typeof store.dispatch
