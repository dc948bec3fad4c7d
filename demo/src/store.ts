// An app imports from 'reduplex'. The demo is bundled with the sources of the library instead, so that it always shows them.
import { combineReducers, configureStore } from '@reduxjs/toolkit'
import { binaryFeature, createSocketMiddleware, socketReducer } from '../../src/index.js'
import { chatReducer } from './chat/chatSlice.js'
import { chatMiddlewares } from './chat/connections.js'
import { functionsMiddleware } from './functions/connection.js'
import { issueToken } from './inspector/token.js'
import { MAX_FILE_BYTES, MAX_QUEUED_BYTES } from './pictures/limits.js'
import { picturesReducer } from './pictures/picturesSlice.js'
import { createReleaseMiddleware } from './pictures/releaseMiddleware.js'
import { postsMiddleware } from './posts/connection.js'
import { postsReducer } from './posts/postsSlice.js'
import { postsApi } from './query/postsApi.js'
import { recoveryReducer } from './query/recoverySlice.js'
import { roomMiddleware } from './room/connection.js'
import { roomReducer } from './room/roomSlice.js'
import { tabsMiddleware } from './tabs/connection.js'
import { tabsReducer } from './tabs/tabsSlice.js'

/** Small, so that the page can show a queue that overflows. The default of the library is 1000. */
export const QUEUE_LIMIT = 50

/** The name of the store in the Redux DevTools. */
export const STORE_NAME = 'reduplex demo'

export const socket = createSocketMiddleware.with(binaryFeature)({
  url: '/ws',
  // The queries of addresses are in no action and not in the state, so that the token is not there either.
  params: ({ reason }) => ({ token: issueToken(reason) }),
  // The echo server returns the question.
  heartbeat: { interval: 5_000, timeout: 10_000, message: 'heartbeat', reply: 'heartbeat' },
  queue: { maxMessages: QUEUE_LIMIT, maxBytes: MAX_QUEUED_BYTES },
  maxMessageBytes: MAX_FILE_BYTES,
})

const rootReducer = combineReducers({
  socket: socketReducer,
  pictures: picturesReducer,
  chat: chatReducer,
  posts: postsReducer,
  [postsApi.reducerPath]: postsApi.reducer,
  recovery: recoveryReducer,
  room: roomReducer,
  tabs: tabsReducer,
})

export const store = configureStore({
  reducer: rootReducer,
  // The name in the Redux DevTools.
  devTools: { name: STORE_NAME },
  middleware: (defaults) =>
    defaults()
      .prepend(
        socket.middleware,
        ...chatMiddlewares,
        postsMiddleware,
        functionsMiddleware,
        roomMiddleware,
        tabsMiddleware,
      )
      .concat(postsApi.middleware, createReleaseMiddleware(socket)),
})

export type RootState = ReturnType<typeof rootReducer>
export type AppDispatch = typeof store.dispatch
export type AppStore = typeof store
