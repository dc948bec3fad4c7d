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
import { createRpcWorld, passTime, type RpcWorld, type RpcWorldOptions, type WireMessage } from '../rpc/harness.js'

export { passTime, useFakeTime } from '../rpc/harness.js'

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

export interface QueryWorld extends RpcWorld {
  /** `dispatch`, also for the thunks of RTK Query. */
  readonly run: ThunkDispatch<unknown, unknown, UnknownAction>
  readonly root: () => WithSockets
  /** The streams of the default connection. */
  readonly streams: () => StreamTable
  readonly status: (endpoint: StreamEndpoint, arg?: unknown) => string | undefined
  /** What the server got of one method, on the newest socket. */
  readonly askedFor: (method: string) => WireMessage[]
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

export interface QueryWorldOptions extends RpcWorldOptions {
  speaksRpc?: boolean
}

export const createQueryWorld = (api: object, { speaksRpc = true, ...options }: QueryWorldOptions = {}): QueryWorld => {
  const mounted = api as MountedApi
  const world = createRpcWorld({
    reducer: { [mounted.reducerPath]: mounted.reducer },
    middleware: [mounted.middleware],
    // Refetches start at once.
    reconnect: { backoff: () => 100, random: () => 0 },
    ...(!speaksRpc && { protocol: createProtocol(() => ({})) }),
    ...options,
  })
  // RTK Query has a timer for every entry that nobody reads.
  disposeAfterTest({ dispose: () => world.dispatch(mounted.util.resetApiState()) })
  const root = () => world.app() as unknown as WithSockets
  const askedFor = (method: string) => world.askedLast().filter((message) => message.method === method)
  const idOf = (method: string): number => {
    const id = askedFor(method).at(-1)?.id
    if (id === undefined) throw new Error(`the server was not asked for ${method}`)
    return id
  }
  return {
    ...world,
    run: world.dispatch,
    root,
    streams: () => (world.state() as StreamSocketState).streams,
    status: (endpoint, arg) => selectStream(root(), endpoint, arg)?.status,
    askedFor,
    answerTo: (method, result) => world.answer(result, idOf(method)),
    refuseTo: (method, error) => world.refuse(error, idOf(method)),
    reopen: async () => {
      world.network.last.drop()
      await passTime(150)
    },
  }
}

/** The same, with an open connection. */
export const openQueryWorld = async (api: object, options?: QueryWorldOptions): Promise<QueryWorld> => {
  const world = createQueryWorld(api, options)
  void world.dispatch(socketConnect())
  await passTime(1)
  world.news()
  return world
}
