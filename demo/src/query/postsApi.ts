import type { Draft } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query/react'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { createRpcActions } from '../../../src/rpc/index.js'
import type { Channels } from '../functions/channels.js'
import { rpc } from '../functions/connection.js'
import { comparePosts, PAGE_SIZE, type NewPost, type Post, type PostEdit, type PostPage } from '../posts/post.js'

// Its types are `apply`'s to say.
const actions = createRpcActions(rpc)

export interface EditArg {
  readonly id: number
  readonly edit: PostEdit
  /** How long the server takes, on purpose. */
  readonly seconds: number
}

/** Puts a post in its place; one that is no newer than what is held changes nothing. */
function place(page: Draft<PostPage>, post: Post): void {
  const held = page.posts.find(({ id }) => id === post.id)
  if (held && held.version >= post.version) return
  // Edited, but too old for the list.
  if (!held && page.hasOlder && post.id < (page.posts.at(-1)?.id ?? 0)) return
  page.posts = [...page.posts.filter(({ id }) => id !== post.id), post].toSorted(comparePosts)
  page.hasOlder ||= page.posts.length > PAGE_SIZE
  page.posts.length = Math.min(page.posts.length, PAGE_SIZE)
}

/** The newest posts, asked for over the socket, and kept up to date by the channel that tells of every write. */
export const postsApi = createApi({
  reducerPath: 'postsApi',
  baseQuery: socketBaseQuery({ actions }),
  endpoints: (build) => ({
    listPosts: build.query<PostPage, void>({
      query: () => 'listPosts',
      onCacheEntryAdded: streamUpdates({
        api: (): StreamedApi => postsApi,
        actions,
        channel: 'posts',
        apply: (page, { post }: Channels['posts']) => place(page, post),
      }),
    }),
    addPost: build.mutation<Post, NewPost>({ query: (params) => ({ method: 'addPost', params }) }),
    // Shown before the server has it, and taken back when it does not get it.
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
