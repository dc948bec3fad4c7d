import { configureStore } from '@reduxjs/toolkit'
import { createApi, retry } from '@reduxjs/toolkit/query'
import { createSocketActions, createSocketMiddleware, socketReducer, type SocketsState } from '../../src/index.js'
import {
  getStreamSelectors,
  selectStream,
  socketBaseQuery,
  streamUpdates,
  type SocketQueryError,
  type StreamedApi,
  type StreamSocketState,
  type StreamState,
} from '../../src/query/index.js'
import {
  createRpcActions,
  jsonRpc,
  socketSubscribe,
  type ChannelPosition,
  type RpcProblem,
} from '../../src/rpc/index.js'
import type { Equal, Expect } from './expect.js'

interface Post {
  readonly id: number
  readonly title: string
}

// A named connection whose RPC is typed.
const app = createSocketActions('app')
const rpc = createRpcActions(app).withTypes<{
  methods: { getPost: (params: { id: number }) => Post }
  channels: { posts: Post }
}>()

// Apart: inside `createApi` RTK infers the error of any `retry(…)` as unknown.
const baseQuery = retry(socketBaseQuery({ actions: rpc, timeout: 1_000 }))

const api = createApi({
  baseQuery,
  endpoints: (build) => ({
    // Without one generic of ours: data and argument are the endpoint's, the push is what "apply" takes.
    getPosts: build.query<Post[], { tag: string }>({
      query: (params) => ({ method: 'getPosts', params }),
      extraOptions: { idempotent: true, timeout: 10, maxRetries: 3 },
      onCacheEntryAdded: streamUpdates({
        // The annotation: without it TypeScript reports that `api` refers to itself.
        api: (): StreamedApi => api,
        actions: rpc,
        channel: ({ tag }) => `posts/${tag}`,
        params: { deep: true },
        apply: (posts, post: Post, { arg }) => {
          const { tag }: { tag: string } = arg
          // @ts-expect-error the argument has no such thing
          void arg.tags
          posts.push({ ...post, title: tag })
        },
        resume: (last, arg) => ({ after: last.id, tag: arg.tag }),
      }),
    }),
    getFrozen: build.query<readonly Post[], void>({
      query: () => 'getFrozen',
      onCacheEntryAdded: streamUpdates({
        channel: 'posts',
        apply: (posts, post: Post) => {
          posts[0] = post
          // @ts-expect-error a post is not a string
          posts[0] = 'post'
        },
      }),
    }),
    getCount: build.query<number, void>({
      query: () => 'getCount',
      onCacheEntryAdded: streamUpdates({ channel: 'count', apply: (count, more: number) => count + more }),
    }),
    // Transformed: what the stream changes is what is in the cache.
    getById: build.query<Record<string, Post>, string>({
      query: (tag) => ({ method: 'getPosts', params: { tag } }),
      transformResponse: (posts: Post[]) => Object.fromEntries(posts.map((post) => [post.id, post])),
      onCacheEntryAdded: streamUpdates({
        channel: 'posts',
        params: (tag) => ({ tag: tag.toUpperCase() }),
        apply: (posts, post: Post) => {
          posts[post.id] = post
        },
      }),
    }),
    rename: build.mutation<Post, Post>({
      query: (params) => ({ method: 'rename', params }),
      onQueryStarted: async ({ id, title }, { dispatch, queryFulfilled }) => {
        const patch = dispatch(
          api.util.updateQueryData('getById', 'sea', (posts) => ({ ...posts, [id]: { id, title } })),
        )
        await queryFulfilled.catch(patch.undo)
      },
    }),
  }),
})

export const circular = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    getPosts: build.query<Post[], void>({
      query: () => 'getPosts',
      onCacheEntryAdded: streamUpdates({ api: (): StreamedApi => circular, channel: 'posts', apply: () => {} }),
    }),
  }),
})

export const wrong = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    getWrong: build.query<Post[], number>({
      query: () => 'getWrong',
      // @ts-expect-error the endpoint's argument is not a string
      onCacheEntryAdded: streamUpdates({ channel: (tag: string) => tag, apply: () => {} }),
    }),
    // @ts-expect-error no method
    getNothing: build.query<Post[], number>({ query: () => ({ params: {} }) }),
  }),
})

const socket = createSocketMiddleware({ actions: app, protocol: jsonRpc() })
const store = configureStore({
  reducer: { socket: socketReducer, [api.reducerPath]: api.reducer },
  middleware: (defaults) => defaults().prepend(socket.middleware).concat(api.middleware),
})

const run = async () => {
  const { data, error } = await store.dispatch(api.endpoints.getPosts.initiate({ tag: 'sea' }))
  const result = await store.dispatch(api.endpoints.rename.initiate({ id: 1, title: 'one' }))
  return { data, error, result }
}
type Ran = Awaited<ReturnType<typeof run>>
type Failed = Extract<Ran['error'], SocketQueryError>

const stream = selectStream(store.getState(), api.endpoints.getPosts, { tag: 'sea' }, 'app')
const elsewhere = getStreamSelectors((state: { readonly live?: SocketsState }) => state.live)
const entry = store.getState().socket['app'] as StreamSocketState
export const table: Readonly<Record<string, StreamState>> = entry.streams

export type Checks = [
  Expect<Equal<Ran['data'], Post[] | undefined>>,
  Expect<Equal<Failed['code'], RpcProblem['code'] | 'no_protocol' | 'callback_failed'>>,
  Expect<Equal<typeof stream, StreamState | undefined>>,
  Expect<Equal<StreamState['status'], 'connecting' | 'live' | 'stale' | 'error'>>,
]
export const unmounted: StreamState | undefined = elsewhere.selectStream({ live: {} }, 'getPosts')
// @ts-expect-error an unknown option
streamUpdates({ channel: 'posts', apply: () => {}, chanel: 'posts' })
// @ts-expect-error the API itself, not a function that returns it
streamUpdates({ channel: 'posts', apply: () => {}, api })
// @ts-expect-error not an API
streamUpdates({ channel: 'posts', apply: () => {}, api: () => store })

// Data with a position: the endpoint's data are what is beside it, and its meta has it.
const positions = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    getPosts: build.query<Post[], void>({
      query: () => 'getPosts',
      extraOptions: { position: true },
      transformResponse: (posts: Post[], meta) => {
        void (meta?.at satisfies ChannelPosition | undefined)
        return posts
      },
    }),
    // @ts-expect-error a position is asked for with true
    getOther: build.query<Post[], void>({ query: () => 'getPosts', extraOptions: { position: 'posts' } }),
  }),
})
export const first = positions.endpoints.getPosts.initiate()
socketSubscribe('posts', undefined, {
  since: { epoch: 'e', offset: 1 },
  observer: {
    subscribed: (_answer, recovered: boolean, at?: ChannelPosition) => [recovered, at],
    pushed: (_data, offset?: number) => offset,
  },
})
// @ts-expect-error a position has an epoch
socketSubscribe('posts', undefined, { since: { offset: 1 } })
