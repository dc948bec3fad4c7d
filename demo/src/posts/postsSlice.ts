import { createEntityAdapter, createSlice, type EntityState, type PayloadAction } from '@reduxjs/toolkit'
import { comparePosts, MAX_PAGE_SIZE, type Post, type PostChange, type PostPage } from './post.js'

/** What the page holds at most: of more, the oldest go. One request can bring as many. */
export const MAX_HELD = MAX_PAGE_SIZE

/** A request for posts: the newest, or those older than the ones held. */
export interface PostsRequest {
  readonly id: string
  readonly part: 'newest' | 'older'
}

interface PostsState extends EntityState<Post, number> {
  /** The one under way; the answer of any other comes too late. */
  request: PostsRequest | null
  isLoaded: boolean
  /** Why the last request failed; empty when it did not. */
  problem: string
  /** The oldest post held when there are older ones, else 0. Of what lies below, nothing is held: the list has no holes. */
  floor: number
  /** What was heard while a request was under way: its answer may have been made before. */
  heard: Post[]
  lastChange: { readonly id: number; readonly action: PostChange['action'] } | null
}

/** The part of the store that the thunks of the posts read. The type of the whole store would make a circle of imports. */
export interface WithPosts {
  readonly posts: PostsState
}

const adapter = createEntityAdapter<Post>({ sortComparer: comparePosts })

const initialState: PostsState = {
  ...adapter.getInitialState(),
  request: null,
  isLoaded: false,
  problem: '',
  floor: 0,
  heard: [],
  lastChange: null,
}

/** Puts a post in its place. One that is no newer than what is held changes nothing. */
function place(state: PostsState, post: Post): boolean {
  const held = state.entities[post.id]
  if (post.id < state.floor || (held && held.version >= post.version)) return false
  adapter.setOne(state, post)
  return true
}

/** Lets go of what lies below the floor, and raises it when too many are held. */
function trim(state: PostsState): void {
  const oldest = state.ids[MAX_HELD - 1]
  if (oldest !== undefined && state.ids.length > MAX_HELD) state.floor = oldest
  adapter.removeMany(
    state,
    state.ids.filter((id) => id < state.floor),
  )
}

function hear(state: PostsState, action: PostChange['action'], post: Post): void {
  if (state.request) state.heard.push(post)
  if (!place(state, post)) return
  trim(state)
  state.lastChange = { id: post.id, action }
}

const postsSlice = createSlice({
  name: 'posts',
  initialState,
  reducers: {
    postCreated: (state, { payload }: PayloadAction<Post>) => hear(state, 'create', payload),
    postUpdated: (state, { payload }: PayloadAction<Post>) => hear(state, 'update', payload),
    requested(state, { payload }: PayloadAction<PostsRequest>) {
      state.request = payload
      state.heard = []
      state.problem = ''
    },
    answered(state, { payload: { id, page } }: PayloadAction<{ readonly id: string; readonly page: PostPage }>) {
      if (state.request?.id !== id) return
      // The newest anew: what else is held may be of another time, or of a database that is no more.
      if (state.request.part === 'newest') adapter.removeAll(state)
      state.floor = page.hasOlder ? (page.posts.at(-1)?.id ?? 0) : 0
      for (const post of [...page.posts, ...state.heard]) place(state, post)
      trim(state)
      Object.assign(state, { request: null, heard: [], isLoaded: true })
    },
    failed(state, { payload: { id, problem } }: PayloadAction<{ readonly id: string; readonly problem: string }>) {
      if (state.request?.id !== id) return
      Object.assign(state, { request: null, heard: [], problem })
    },
  },
  selectors: {
    ...adapter.getSelectors(),
    selectIsLoaded: ({ isLoaded }) => isLoaded,
    selectRequest: ({ request }) => request,
    selectProblem: ({ problem }) => problem,
    /** Whether there are older posts than those held. */
    selectHasOlder: ({ floor }) => floor > 0,
    selectLastChange: ({ lastChange }) => lastChange,
  },
})

export const postsReducer = postsSlice.reducer
export const { postCreated, postUpdated, requested, answered, failed } = postsSlice.actions
export const {
  selectAll: selectPosts,
  selectById: selectPost,
  selectIsLoaded,
  selectRequest,
  selectProblem,
  selectHasOlder,
  selectLastChange,
} = postsSlice.selectors
