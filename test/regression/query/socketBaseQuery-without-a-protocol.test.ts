import { expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query'
import { createSocketMiddleware, socketReducer } from '../../../src/index.js'
import { selectStream, socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'

// The command threw past the query, which RTK Query reports as a bug of the app.
it('a query and a stream over a connection without a protocol end with no_protocol', async () => {
  const api = createApi({
    baseQuery: socketBaseQuery(),
    endpoints: (build) => ({
      getPosts: build.query<string[], void>({
        query: () => 'getPosts',
        onCacheEntryAdded: streamUpdates<string[], void>({
          api: (): StreamedApi => api,
          channel: 'posts',
          apply: () => {},
        }),
      }),
    }),
  })
  const socket = createSocketMiddleware({ url: 'ws://localhost/' })
  const store = configureStore({
    reducer: { socket: socketReducer, [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware).concat(api.middleware),
  })
  const { error } = await store.dispatch(api.endpoints.getPosts.initiate())
  expect(error).toMatchObject({ code: 'no_protocol', message: expect.stringContaining('protocol: jsonRpc()') })
  expect(selectStream(store.getState(), api.endpoints.getPosts, undefined)).toMatchObject({
    status: 'error',
    error: { code: 'no_protocol' },
  })
  socket.dispose()
})
