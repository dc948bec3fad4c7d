import {
  configureStore,
  createSlice,
  type Action,
  type Middleware,
  type PayloadAction,
  type UnknownAction,
} from '@reduxjs/toolkit'
import {
  createSocketMiddleware,
  socketConnect,
  socketMessage,
  socketReducer,
  type SocketMiddlewareInstance,
  type SocketMiddlewareOptions,
} from '../../src/index.js'

/** A post, as the server sends it. */
export interface Post {
  readonly id: string
  readonly title: string
  readonly author: string
  readonly likes: number
  readonly editedAt: number
  readonly tags: string[]
}

const noPosts: { byId: Record<string, Post>; messages: number } = { byId: {}, messages: 0 }

const postsSlice = createSlice({
  name: 'posts',
  initialState: noPosts,
  reducers: {
    updated: (state, { payload }: PayloadAction<Post>) => {
      state.messages++
      state.byId[payload.id] = payload
    },
  },
  extraReducers: (builder) => {
    // The same work for a message that is not an action of the app's own.
    for (const type of [socketMessage.type, 'ws/message']) {
      builder.addCase(type, (state, action) => {
        const { payload } = action as PayloadAction<Post>
        state.messages++
        state.byId[payload.id] = payload
      })
    }
    builder.addCase('REDUX_WEBSOCKET::MESSAGE', (state, action) => {
      const { message } = (action as unknown as PayloadAction<{ message: Post }>).payload
      state.messages++
      state.byId[message.id] = message
    })
  },
})

/** The same without immer, which takes most of the time above: what is left is the way to the reducer. */
const plainPosts = (state = noPosts, { type }: Action): typeof noPosts =>
  type === updated.type || type === socketMessage.type || type === 'ws/message'
    ? { byId: state.byId, messages: state.messages + 1 }
    : state

export const reducers = { slice: postsSlice.reducer, plain: plainPosts as typeof postsSlice.reducer }

/** How the reducer for the posts is written. */
export type ReducerKind = keyof typeof reducers

/** The app's own action that the server sends. */
export const { updated } = postsSlice.actions

/** What a hand-written middleware usually keeps of its connection. */
const connectionSlice = createSlice({
  name: 'ws',
  initialState: { status: 'closed' },
  reducers: {
    opened: (state) => {
      state.status = 'open'
    },
    closed: (state) => {
      state.status = 'closed'
    },
  },
})

const posts = Array.from({ length: 64 }, (_, n): Post => ({
  id: `post-${1000 + n}`,
  title: `What happened next, part ${n} of many`,
  author: `author-${n % 7}`,
  likes: n * 3,
  editedAt: 1_760_000_000_000 + n,
  tags: ['redux', 'websocket'],
}))

/** 64 posts; with their envelope a frame has some 200 bytes. */
export const postAt = (n: number): Post => posts[n % posts.length]!

/** The frame of an action of the app's own. */
export const actionFrames = posts.map((payload) => JSON.stringify({ type: updated.type, payload }))

/** The frame of any other message. */
export const messageFrames = posts.map((payload) =>
  JSON.stringify({ ...payload, kind: 'update', channel: 'the posts' }),
)

// As in production: the checks of development are off, whatever NODE_ENV is.
export const productionChecks = { immutableCheck: false, serializableCheck: false, actionCreatorCheck: false } as const

interface SocketLike {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: string }) => void) | null
  send: (data: string) => void
}

/** As tutorials write it: it opens on `ws/connect`, sends on `ws/send`, and dispatches what comes in. */
const handWritten =
  (url: string, WebSocket: new (url: string) => unknown, wrap: (message: unknown) => Action): Middleware =>
  ({ dispatch }) => {
    let socket: SocketLike | undefined
    return (next) => (action) => {
      const { type, payload } = action as UnknownAction
      switch (type) {
        case 'ws/connect': {
          const native = (socket = new WebSocket(url) as SocketLike)
          native.onopen = () => dispatch(connectionSlice.actions.opened())
          native.onmessage = ({ data }) => dispatch(wrap(JSON.parse(data)))
          break
        }
        case 'ws/send':
          socket?.send(JSON.stringify(payload))
          break
        default:
      }
      return next(action)
    }
  }

/** The members that both stores have. */
export interface App {
  readonly dispatch: (action: Action) => unknown
  readonly messages: () => number
  readonly subscribe: (listener: () => void) => () => void
}

/** Becomes open, then calls back. */
export const opens = async (
  app: { getState: () => { socket: object }; subscribe: App['subscribe'] },
  isOpen: () => boolean,
) => {
  await new Promise<void>((resolve) => {
    if (isOpen()) return resolve()
    const unsubscribe = app.subscribe(() => {
      if (!isOpen()) return
      unsubscribe()
      resolve()
    })
  })
}

/** A store with our middleware, connected. */
export const createOurs = async (
  options: SocketMiddlewareOptions,
  kind: ReducerKind = 'slice',
  create: (options: SocketMiddlewareOptions) => SocketMiddlewareInstance = createSocketMiddleware,
): Promise<App & { dispose: () => void }> => {
  const socket = create({ url: 'ws://localhost/ws', ...options })
  const store = configureStore({
    reducer: { socket: socketReducer, posts: reducers[kind] },
    middleware: (defaults) => defaults(productionChecks).prepend(socket.middleware),
  })
  const outcome = await store.dispatch(socketConnect())
  if (outcome !== 'open') throw new Error(`ours: expected to be open, is ${outcome}`)
  return {
    dispatch: store.dispatch,
    messages: () => store.getState().posts.messages,
    subscribe: (listener) => store.subscribe(listener),
    dispose: socket.dispose,
  }
}

interface TheirOptions {
  readonly WebSocket: new (url: string) => unknown
  readonly url?: string
  /** Returns the action for a message. @default the message is the action */
  readonly wrap?: (message: unknown) => Action
}

/** A store with the hand-written middleware, connected. */
export const createTheirs = async (options: TheirOptions, kind: ReducerKind = 'slice'): Promise<App> => {
  const { WebSocket, url = 'ws://localhost/ws', wrap = (message) => message as Action } = options
  const store = configureStore({
    reducer: { socket: connectionSlice.reducer, posts: reducers[kind] },
    middleware: (defaults) => defaults(productionChecks).prepend(handWritten(url, WebSocket, wrap)),
  })
  store.dispatch({ type: 'ws/connect' })
  await opens(store, () => store.getState().socket.status === 'open')
  return {
    dispatch: store.dispatch,
    messages: () => store.getState().posts.messages,
    subscribe: (listener) => store.subscribe(listener),
  }
}
