// What dispatching a command returns, through an ordinary configureStore and without a cast.
import {
  configureStore,
  createAsyncThunk,
  createDynamicMiddleware,
  createListenerMiddleware,
  createSlice,
  type PayloadAction,
  type SafePromise,
  type ThunkAction,
  type UnknownAction,
} from '@reduxjs/toolkit'
import { useDispatch } from 'react-redux'
import {
  createSocketActions,
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketOpened,
  socketReconnect,
  socketReducer,
  socketSend,
  type DropReason,
  type SendResult,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

type Outcome = 'open' | 'reconnecting' | 'closed' | 'failed'

const posts = createSlice({
  name: 'posts',
  initialState: { count: 0 },
  reducers: { added: (state, { payload }: PayloadAction<number>) => ({ count: state.count + payload }) },
})

const socket = createSocketMiddleware()
const store = configureStore({
  reducer: { socket: socketReducer, posts: posts.reducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
type RootState = ReturnType<typeof store.getState>
type AppDispatch = typeof store.dispatch

const commands = () => ({
  connect: store.dispatch(socketConnect({ url: new URL('wss://example.org'), params: { token: 't', page: 1 } })),
  reconnect: store.dispatch(socketReconnect()),
  close: store.dispatch(socketClose(3000, 'bye')),
  send: store.dispatch(socketSend({ any: 'thing' }, { id: 'a', whenOffline: 'drop', ttl: 100 })),
})
type Commands = ReturnType<typeof commands>

export const outcome = async (): Promise<Outcome> => await store.dispatch(socketConnect())

export type CommandsReturnWhatTheySay = [
  Expect<Equal<Commands['connect'], SafePromise<Outcome>>>,
  Expect<Equal<Awaited<Commands['connect']>, Outcome>>,
  Expect<Equal<Awaited<Commands['reconnect']>, Outcome>>,
  Expect<Equal<Awaited<Commands['close']>, 'closed'>>,
  Expect<Equal<Commands['send'], SendResult>>,
  Expect<Equal<Commands['send']['delivery'], 'sent' | 'queued' | 'dropped'>>,
  Expect<Equal<Commands['send']['id'], string>>,
]

/** The reason exists exactly when the send was dropped. */
export const reasonOf = (result: SendResult): DropReason | undefined => {
  // @ts-expect-error -- not narrowed: a sent message has no reason
  void result.reason
  return result.delivery === 'dropped' ? result.reason : undefined
}

const plain = () => store.dispatch({ type: 'posts/seen', at: 1 })
const creator = () => store.dispatch(posts.actions.added(1))
const event = () => store.dispatch(socketOpened({ url: 'ws://localhost', protocol: '', reconnected: false, at: 1 }))
const thunk = (): ThunkAction<Promise<number>, RootState, unknown, UnknownAction> => async (dispatch, getState) => {
  dispatch(posts.actions.added(1))
  return getState().posts.count
}
const dispatchedThunk = () => store.dispatch(thunk())
const inlineThunk = () =>
  store.dispatch((dispatch, getState) => {
    dispatch(posts.actions.added(getState().posts.count))
    return 'done' as const
  })

export type TheRestIsAsItWas = [
  Expect<Equal<ReturnType<typeof plain>, { type: string; at: number }>>,
  Expect<Equal<ReturnType<typeof creator>, PayloadAction<number, 'posts/added'>>>,
  Expect<Equal<ReturnType<typeof event>['payload']['url'], string>>,
  Expect<Equal<ReturnType<typeof dispatchedThunk>, Promise<number>>>,
  Expect<Equal<ReturnType<typeof inlineThunk>, 'done'>>,
]

export const notAnAction = () =>
  // @ts-expect-error -- an action has a type
  store.dispatch({ payload: 1 })

// AppDispatch, in all the ways in which RTK and React-Redux pass it on.
export const byAppDispatch = async (dispatch: AppDispatch): Promise<[Outcome, 'closed', string]> => [
  await dispatch(socketConnect()),
  await dispatch(socketClose()),
  dispatch(socketSend(1)).id,
]

const useAppDispatch = useDispatch.withTypes<AppDispatch>()
export const useCommands = () => {
  const dispatch = useAppDispatch()
  return { connect: () => dispatch(socketConnect()), send: () => dispatch(socketSend('x')) }
}
export type InAComponent = [
  Expect<Equal<ReturnType<ReturnType<typeof useCommands>['connect']>, SafePromise<Outcome>>>,
  Expect<Equal<ReturnType<ReturnType<typeof useCommands>['send']>, SendResult>>,
]

const createAppAsyncThunk = createAsyncThunk.withTypes<{ state: RootState; dispatch: AppDispatch }>()
const login = createAppAsyncThunk('login', async (token: string, { dispatch }) => {
  const connected = await dispatch(socketConnect({ params: { token } }))
  return { connected, delivery: dispatch(socketSend('hello')).delivery }
})
const dispatchedLogin = () => store.dispatch(login('t')).unwrap()
export type InAnAsyncThunk = Expect<
  Equal<Awaited<ReturnType<typeof dispatchedLogin>>, { connected: Outcome; delivery: 'sent' | 'queued' | 'dropped' }>
>

const listener = createListenerMiddleware()
const startAppListening = listener.startListening.withTypes<RootState, AppDispatch>()
export const listening = () =>
  startAppListening({
    actionCreator: posts.actions.added,
    effect: async ({ payload }, { dispatch }) => {
      const result: 'sent' | 'queued' | 'dropped' = dispatch(socketSend(payload)).delivery
      const connected: Outcome = await dispatch(socketConnect())
      void [result, connected]
    },
  })

// Two connections, two middlewares.
const prices = createSocketActions('prices')
const pricesSocket = createSocketMiddleware({ actions: prices })
const twoSockets = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware, pricesSocket.middleware),
})
const both = async () =>
  [await twoSockets.dispatch(socketConnect()), await twoSockets.dispatch(prices.connect())] as const
export type TwoConnections = Expect<Equal<Awaited<ReturnType<typeof both>>, readonly [Outcome, Outcome]>>

// Beside another middleware that extends dispatch.
const withListener = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(listener.middleware, socket.middleware),
})
const besideAnother = () => withListener.dispatch(socketConnect())
export type BesideAnother = Expect<Equal<ReturnType<typeof besideAnother>, SafePromise<Outcome>>>

// Added while the store runs.
const dynamic = createDynamicMiddleware()
const later = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(dynamic.middleware),
})
const addedLater = () => {
  const dispatch = later.dispatch(dynamic.withMiddleware(socket.middleware))
  return { connect: dispatch(socketConnect()), send: dispatch(socketSend(1)) }
}
export type AddedLater = [
  Expect<Equal<ReturnType<typeof addedLater>['connect'], SafePromise<Outcome>>>,
  Expect<Equal<ReturnType<typeof addedLater>['send'], SendResult>>,
]
