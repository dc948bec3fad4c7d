import type { Draft } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query/react'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { createRpcActions } from '../../../src/rpc/index.js'
import type { Channels } from '../functions/channels.js'
import { rpc } from '../functions/connection.js'
import { comparePosts, PAGE_SIZE, type NewPost, type Post, type PostEdit, type PostPage } from '../posts/post.js'

// Untyped: the parameters of `apply` give the types of the channel.
const actions = createRpcActions(rpc)

export interface EditArg {
  readonly id: number
  readonly edit: PostEdit
  /** How long the server waits before it saves the edit. */
  readonly seconds: number
}

/** Adds or replaces a post, unless the page has this version or a newer one. */
function upsertIfNewer(page: Draft<PostPage>, post: Post): void {
  const current = page.posts.find(({ id }) => id === post.id)
  if (current && current.version >= post.version) return
  // An edit of a post that is older than the page.
  if (!current && page.hasOlder && post.id < (page.posts.at(-1)?.id ?? 0)) return
  page.posts = [...page.posts.filter(({ id }) => id !== post.id), post].toSorted(comparePosts)
  page.hasOlder ||= page.posts.length > PAGE_SIZE
  page.posts.length = Math.min(page.posts.length, PAGE_SIZE)
}

/** The newest posts, queried over the socket and kept up to date by the channel `posts`. */
export const postsApi = createApi({
  reducerPath: 'postsApi',
  baseQuery: socketBaseQuery({ actions }),
  endpoints: (build) => ({
    listPosts: build.query<PostPage, void>({
      query: () => 'listPosts',
      // The list and the pushes meet exactly: see `listPosts` of the server.
      extraOptions: { position: true },
      onCacheEntryAdded: streamUpdates({
        api: (): StreamedApi => postsApi,
        actions,
        channel: 'posts',
        apply: (page, { post }: Channels['posts']) => upsertIfNewer(page, post),
      }),
    }),
    addPost: build.mutation<Post, NewPost>({ query: (params) => ({ method: 'addPost', params }) }),
    // An optimistic update: shown before the server saves it, and undone when that fails.
    editPost: build.mutation<Post, EditArg>({
      query: (params) => ({ method: 'editPost', params }),
      async onQueryStarted({ id, edit }, { dispatch, queryFulfilled }) {
        const { undo } = dispatch(
          postsApi.util.updateQueryData('listPosts', undefined, (page) => {
            Object.assign(page.posts.find((post) => post.id === id) ?? {}, edit)
          }),
        )
        await queryFulfilled.catch(undo)
      },
    }),
  }),
})

export const { useListPostsQuery, useAddPostMutation, useEditPostMutation } = postsApi
