// What is wrong here has error types.
/* oxlint-disable typescript/no-unsafe-return, typescript/no-unsafe-assignment, typescript/await-thenable, eslint/no-unused-vars */

// The usual mistakes of newcomers. docs/type-mistakes.md has a sentence for each, under the same number. What the compiler says is checked by
// test/types/mistakes.test.ts.
import {
  combineReducers,
  configureStore,
  createAction,
  createAsyncThunk,
  type Dispatch,
  type Middleware,
} from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query'
import { useDispatch, useSelector } from 'react-redux'
import {
  createSocketActions,
  createSocketMiddleware,
  selectSocketStatus,
  socketConnect,
  socketReducer,
  socketSend,
} from '../../src/index.js'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../src/query/index.js'
import { useSocket } from '../../src/react/index.js'
import { createRpcActions } from '../../src/rpc/index.js'

const socket = createSocketMiddleware({ url: '/ws' })
const reducer = { socket: socketReducer }
interface Post {
  id: number
}

// 1: the instance in place of its middleware
export const store1 = configureStore({
  reducer,
  // @ts-expect-error mistake 1
  middleware: (defaults) => defaults().prepend(socket),
})

// 2: concat in place of prepend
const store2 = configureStore({ reducer, middleware: (defaults) => defaults().concat(socket.middleware) })
// @ts-expect-error mistake 2
void store2.dispatch(socketConnect()).then

// 3: a bare Dispatch, as with the legacy createStore
export const send3 = (dispatch: Dispatch) =>
  // @ts-expect-error mistake 3
  dispatch(socketSend('hello')).delivery

// 4: useDispatch without types
export const useConnect4 = () => {
  const dispatch = useDispatch()
  // @ts-expect-error mistake 4
  return () => dispatch(socketConnect()).then
}

// 5: a command that is not dispatched
export const isOpen5 = async () =>
  // @ts-expect-error mistake 5
  (await socketConnect()) === 'open'

// 6: a thunk without types
export const thunk6 = createAsyncThunk(
  'say',
  async (text: string, { dispatch }) =>
    // @ts-expect-error mistake 6
    dispatch(socketSend(text)).delivery,
)

// 7: middlewares in an array
const all7: Middleware[] = [socket.middleware]
const store7 = configureStore({ reducer, middleware: (defaults) => defaults().prepend(...all7) })
// @ts-expect-error mistake 7
void store7.dispatch(socketConnect()).then

// 8: RootState from the store that the socket belongs to
// @ts-expect-error mistake 8
const store8 = configureStore({
  reducer,
  // @ts-expect-error mistake 8
  middleware: (defaults) =>
    defaults().prepend(
      createSocketMiddleware.withTypes<ReturnType<typeof store8.getState>>()({ url: '/ws' }).middleware,
    ),
})

// 9: an option without its feature
export const socket9 = createSocketMiddleware({
  url: '/ws',
  // @ts-expect-error mistake 9
  lazy: true,
})

// 10: a message without a contract or a schema
export const socket10 = createSocketMiddleware({
  url: '/ws',
  // @ts-expect-error mistake 10
  toActions: (message) => ({ type: 'price', payload: message.price }),
})

// 11: toActions that returns the message
export const socket11 = createSocketMiddleware({
  url: '/ws',
  // @ts-expect-error mistake 11
  toActions: (message) => message,
})

// 12: a contract with one side: the other one is unknown, and takes everything
const prices12 = createSocketActions('prices').withTypes<{ receive: { price: number } }>()
prices12.send({ anything: true })
const strict12 = createSocketActions('prices').withTypes<{ receive: { price: number }; send: never }>()
// @ts-expect-error mistake 12
strict12.send({ anything: true })

// 13: a set of actions where a name is expected, and the instance where a set is expected
// @ts-expect-error mistake 13
export const status13 = selectSocketStatus({ socket: {} }, prices12)
export const useStatus13 = () =>
  // @ts-expect-error mistake 13
  useSocket(socket).status
export const useRight13 = () => [useSocket(socket.actions).status, useSocket(prices12).status, useSocket('prices')]

// 14: another mount point
export const rootReducer14 = combineReducers({ live: socketReducer })
export const useStatus14 = () =>
  useSelector((state: ReturnType<typeof rootReducer14>) =>
    // @ts-expect-error mistake 14
    selectSocketStatus(state),
  )

// 15: apply without a type for the push, and apply that returns a number
export const api15 = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    untyped: build.query<Post[], string>({
      query: () => 'posts',
      onCacheEntryAdded: streamUpdates({
        channel: 'posts',
        apply: (posts, post) => {
          // @ts-expect-error mistake 15
          posts.push(post)
        },
      }),
    }),
    returning: build.query<Post[], string>({
      query: () => 'posts',
      onCacheEntryAdded: streamUpdates({
        channel: 'posts',
        // @ts-expect-error mistake 15
        apply: (posts, post: Post) => posts.push(post),
      }),
    }),
    right: build.query<Post[], string>({
      query: () => 'posts',
      onCacheEntryAdded: streamUpdates({
        api: (): StreamedApi => api15,
        channel: 'posts',
        apply: (posts, post: Post) => void posts.push(post),
      }),
    }),
  }),
})

// 16: wrong params, method or channel of a contract
const rpc16 = createRpcActions(createSocketActions('rpc')).withTypes<{
  methods: { add: (params: { a: number }) => number }
  channels: { ticks: number }
}>()
// @ts-expect-error mistake 16
rpc16.request('add', { a: 'one' })
// @ts-expect-error mistake 16
rpc16.request('sub', { a: 1 })
// @ts-expect-error mistake 16
rpc16.subscribe('tick')

// Not a mistake: one rule without a list.
export const socket0 = createSocketMiddleware({ url: '/ws', accept: createAction<string>('chat/said') })
