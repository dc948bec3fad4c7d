// An app imports from 'reduplex'. The demo is bundled with the sources of the library instead, so that it always shows them.
import { combineReducers, configureStore } from '@reduxjs/toolkit'
import { binaryFeature, createSocketMiddleware, socketReducer } from '../../src/index.js'
import { chatReducer } from './chat/chatSlice.js'
import { chatMiddlewares } from './chat/connections.js'
import { functionsMiddleware } from './functions/connection.js'
import { createLogMiddleware } from './log/logMiddleware.js'
import { logReducer } from './log/logSlice.js'
import { MAX_FILE_BYTES, MAX_QUEUED_BYTES } from './pictures/limits.js'
import { picturesReducer } from './pictures/picturesSlice.js'
import { createReleaseMiddleware } from './pictures/releaseMiddleware.js'
import { postsMiddleware } from './posts/connection.js'
import { postsReducer } from './posts/postsSlice.js'
import { postsApi } from './query/postsApi.js'
import { recoveryReducer } from './query/recoverySlice.js'

/** Small, so that the page can show a queue that overflows. The default of the library is 1000. */
export const QUEUE_LIMIT = 50

export const socket = createSocketMiddleware.with(binaryFeature)({
  url: '/ws',
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
  recovery: recoveryReducer,
})

export const store = configureStore({
  reducer: rootReducer,
  // The log comes after the middleware of the socket, which adds the delivery to each send.
  middleware: (defaults) =>
    defaults()
      .prepend(socket.middleware, ...chatMiddlewares, postsMiddleware, functionsMiddleware)
      .concat(postsApi.middleware, createReleaseMiddleware(socket), createLogMiddleware()),
})

export type RootState = ReturnType<typeof rootReducer>
export type AppDispatch = typeof store.dispatch
