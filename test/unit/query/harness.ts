import { createApi, type BaseQueryFn } from '@reduxjs/toolkit/query'
import type { Middleware, Reducer, ThunkDispatch, UnknownAction } from '@reduxjs/toolkit'
import { createProtocol, socketConnect, type WithSockets } from '../../../src/index.js'
import {
  selectStream,
  socketBaseQuery,
  streamUpdates,
  type StreamedApi,
  type StreamEndpoint,
  type StreamSocketState,
  type StreamTable,
} from '../../../src/query/index.js'
import { disposeAfterTest } from '../../support/leaks.js'
import {
  setupRpcStore,
  advanceTime,
  type RpcTestStore,
  type RpcStoreOptions,
  type WireMessage,
} from '../rpc/harness.js'

export { advanceTime, useFakeTime } from '../rpc/harness.js'

export interface Post {
  readonly id: number
  readonly title: string
}

type StreamOptions = Partial<Parameters<typeof streamUpdates<readonly Post[], string, Post>>[0]>

/** Replaces the post with the same id, or adds it at the end. */
export const upsert = (posts: Post[], post: Post): void => {
  const at = posts.findIndex(({ id }) => id === post.id)
  if (at < 0) posts.push(post)
  else posts[at] = post
}

/** An API with a list of posts by tag, which a channel keeps up to date. */
export const createPostsApi = (streamOptions: StreamOptions = {}, baseQuery: BaseQueryFn = socketBaseQuery()) => {
  const api = createApi({
    baseQuery,
    endpoints: (build) => ({
      getPosts: build.query<readonly Post[], string>({
        query: (tag) => ({ method: 'getPosts', params: { tag } }),
        onCacheEntryAdded: streamUpdates({
          api: (): StreamedApi => api,
          channel: 'posts',
          params: (tag) => ({ tag }),
          apply: (posts, post: Post) => upsert(posts, post),
          ...streamOptions,
        }),
      }),
      addPost: build.mutation<Post, Post>({ query: (post) => ({ method: 'addPost', params: post }) }),
    }),
  })
  return api
}

export interface QueryTestStore extends RpcTestStore {
  /** `dispatch`, also for the thunks of RTK Query. */
  readonly run: ThunkDispatch<unknown, unknown, UnknownAction>
  readonly root: () => WithSockets
  /** The streams of the default connection. */
  readonly streams: () => StreamTable
  readonly status: (endpoint: StreamEndpoint, arg?: unknown) => string | undefined
  /** The requests of one method, on the newest socket. */
  readonly requestsFor: (method: string) => WireMessage[]
  /** The server replies to the newest request of a method. */
  readonly answerTo: (method: string, result: unknown) => void
  readonly refuseTo: (method: string, error: unknown) => void
  /** Loses the connection and waits for the reconnect. */
  readonly reopen: () => Promise<void>
}

interface MountedApi {
  readonly reducerPath: string
  readonly reducer: Reducer
  readonly middleware: Middleware
  readonly util: { readonly resetApiState: () => UnknownAction }
}

export interface QueryStoreOptions extends RpcStoreOptions {
  speaksRpc?: boolean
}

export const setupQueryStore = (
  api: object,
  { speaksRpc = true, ...options }: QueryStoreOptions = {},
): QueryTestStore => {
  const mounted = api as MountedApi
  const store = setupRpcStore({
    reducer: { [mounted.reducerPath]: mounted.reducer },
    middleware: [mounted.middleware],
    // Refetches start at once.
    reconnect: { backoff: () => 100, random: () => 0 },
    ...(!speaksRpc && { protocol: createProtocol(() => ({})) }),
    ...options,
  })
  // RTK Query has a timer for every entry that nobody reads.
  disposeAfterTest({ dispose: () => store.dispatch(mounted.util.resetApiState()) })
  const root = () => store.app() as unknown as WithSockets
  const requestsFor = (method: string) => store.lastSocketMessages().filter((message) => message.method === method)
  const idOf = (method: string): number => {
    const id = requestsFor(method).at(-1)?.id
    if (id === undefined) throw new Error(`expected a request of ${method}, got none`)
    return id
  }
  return {
    ...store,
    run: store.dispatch,
    root,
    streams: () => (store.state() as StreamSocketState).streams,
    status: (endpoint, arg) => selectStream(root(), endpoint, arg)?.status,
    requestsFor,
    answerTo: (method, result) => store.answer(result, idOf(method)),
    refuseTo: (method, error) => store.refuse(error, idOf(method)),
    reopen: async () => {
      store.network.last.cut()
      await advanceTime(150)
    },
  }
}

/** The same, with an open connection. */
export const setupOpenQueryStore = async (api: object, options?: QueryStoreOptions): Promise<QueryTestStore> => {
  const store = setupQueryStore(api, options)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.takeActions()
  return store
}
