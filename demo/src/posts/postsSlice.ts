import { createEntityAdapter, createSlice, type EntityState, type PayloadAction } from '@reduxjs/toolkit'
import { comparePosts, MAX_PAGE_SIZE, type Post, type PostChange, type PostPage } from './post.js'

/** The maximum number of posts in the list; older ones are removed. One request can load as many. */
export const MAX_POSTS = MAX_PAGE_SIZE

/** A request for posts: the newest ones, or those older than the list. */
export interface PostsRequest {
  readonly id: string
  readonly part: 'newest' | 'older'
}

interface PostsState extends EntityState<Post, number> {
  /** The current request. Responses to earlier requests are ignored. */
  request: PostsRequest | null
  isLoaded: boolean
  /** The error of the last request; empty when it succeeded. */
  problem: string
  /** The id of the oldest post in the list when older ones exist, else 0. Older posts are not added, so the list has no gaps. */
  oldestId: number
  /** Changes received during a request. Its response may have been created before them. */
  pendingChanges: Post[]
  lastChange: { readonly id: number; readonly action: PostChange['action'] } | null
  /** Whether the page has subscribed to changes. */
  isFollowed: boolean
  /** Whether the last reconnect brought everything that was missed; `null` before the first one. */
  recovered: boolean | null
}

/** The part of the root state that the thunks of the posts read. They cannot import the type of the store, which imports them. */
export interface WithPosts {
  readonly posts: PostsState
}

const adapter = createEntityAdapter<Post>({ sortComparer: comparePosts })

const initialState: PostsState = {
  ...adapter.getInitialState(),
  request: null,
  isLoaded: false,
  problem: '',
  oldestId: 0,
  pendingChanges: [],
  lastChange: null,
  isFollowed: false,
  recovered: null,
}

/** Adds or replaces a post. Returns false, without a change, when the list has this version or a newer one. */
function upsertIfNewer(state: PostsState, post: Post): boolean {
  const current = state.entities[post.id]
  if (post.id < state.oldestId || (current && current.version >= post.version)) return false
  adapter.setOne(state, post)
  return true
}

/** Removes the oldest posts when the list is too long. */
function trim(state: PostsState): void {
  const oldest = state.ids[MAX_POSTS - 1]
  if (oldest !== undefined && state.ids.length > MAX_POSTS) state.oldestId = oldest
  adapter.removeMany(
    state,
    state.ids.filter((id) => id < state.oldestId),
  )
}

function applyChange(state: PostsState, action: PostChange['action'], post: Post): void {
  if (state.request) state.pendingChanges.push(post)
  if (!upsertIfNewer(state, post)) return
  trim(state)
  state.lastChange = { id: post.id, action }
}

const postsSlice = createSlice({
  name: 'posts',
  initialState,
  reducers: {
    postCreated: (state, { payload }: PayloadAction<Post>) => applyChange(state, 'create', payload),
    postUpdated: (state, { payload }: PayloadAction<Post>) => applyChange(state, 'update', payload),
    followed(state) {
      state.isFollowed = true
    },
    resumed(state, { payload }: PayloadAction<boolean>) {
      state.recovered = payload
    },
    loadStarted(state, { payload }: PayloadAction<PostsRequest>) {
      state.request = payload
      state.pendingChanges = []
      state.problem = ''
    },
    pageLoaded(state, { payload: { id, page } }: PayloadAction<{ readonly id: string; readonly page: PostPage }>) {
      if (state.request?.id !== id) return
      // Replaces the whole list: its posts may be outdated, or of another database.
      if (state.request.part === 'newest') adapter.removeAll(state)
      state.oldestId = page.hasOlder ? (page.posts.at(-1)?.id ?? 0) : 0
      for (const post of [...page.posts, ...state.pendingChanges]) upsertIfNewer(state, post)
      trim(state)
      Object.assign(state, { request: null, pendingChanges: [], isLoaded: true })
    },
    loadFailed(state, { payload: { id, problem } }: PayloadAction<{ readonly id: string; readonly problem: string }>) {
      if (state.request?.id !== id) return
      Object.assign(state, { request: null, pendingChanges: [], problem })
    },
  },
  selectors: {
    ...adapter.getSelectors(),
    selectIsLoaded: ({ isLoaded }) => isLoaded,
    selectRequest: ({ request }) => request,
    selectProblem: ({ problem }) => problem,
    /** Whether posts older than the list exist. */
    selectHasOlder: ({ oldestId }) => oldestId > 0,
    selectLastChange: ({ lastChange }) => lastChange,
    selectIsFollowed: ({ isFollowed }) => isFollowed,
    selectRecovered: ({ recovered }) => recovered,
  },
})

export const postsReducer = postsSlice.reducer
export const { postCreated, postUpdated, followed, resumed, loadStarted, pageLoaded, loadFailed } = postsSlice.actions
export const {
  selectAll: selectPosts,
  selectById: selectPost,
  selectIsLoaded,
  selectRequest,
  selectProblem,
  selectHasOlder,
  selectLastChange,
  selectIsFollowed,
  selectRecovered,
} = postsSlice.selectors
