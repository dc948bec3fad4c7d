// Where dispatch is not typed to return a command's result: it returns the command itself, as Redux types it. The README says so too.
import {
  configureStore,
  createAsyncThunk,
  createListenerMiddleware,
  Tuple,
  type Dispatch,
  type Middleware,
  type ThunkDispatch,
  type UnknownAction,
} from '@reduxjs/toolkit'
import { useDispatch } from 'react-redux'
import {
  createSocketMiddleware,
  socketConnect,
  socketReducer,
  socketSend,
  type SendResult,
  type SocketDispatch,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

type Connect = ReturnType<typeof socketConnect>

const byPlainDispatch = (dispatch: Dispatch) => dispatch(socketConnect())
const byThunkDispatch = (dispatch: ThunkDispatch<unknown, unknown, UnknownAction>) => dispatch(socketConnect())
const byUntypedHook = () => useDispatch()(socketConnect())
export type GivesTheCommand = [
  Expect<Equal<ReturnType<typeof byPlainDispatch>, Connect>>,
  Expect<Equal<ReturnType<typeof byThunkDispatch>, Connect>>,
  Expect<Equal<ReturnType<typeof byUntypedHook>, Connect>>,
]

export const untypedThunk = createAsyncThunk('untyped', async (_: undefined, { dispatch }) => {
  const result = dispatch(socketSend(1))
  // @ts-expect-error -- createAsyncThunk without withTypes has a plain ThunkDispatch only
  void result.delivery
})

export const untypedListener = () =>
  createListenerMiddleware().startListening({
    type: 'x',
    effect: (_action, { dispatch }) => {
      // @ts-expect-error -- startListening without withTypes has a plain ThunkDispatch only
      void dispatch(socketSend(1)).delivery
    },
  })

// A middleware whose type was widened.
const socket: { middleware: Middleware } = createSocketMiddleware()
const forgetful = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
const forgotten = () => forgetful.dispatch(socketConnect())
export type Forgotten = Expect<Equal<ReturnType<typeof forgotten>, Connect>>

// An array of unknown length.
const many = [createSocketMiddleware(), createSocketMiddleware()]
const spread = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(...many.map(({ middleware }) => middleware)),
})
const bySpread = () => spread.dispatch(socketConnect())
export type Spread = Expect<Equal<ReturnType<typeof bySpread>, Connect>>

// At the end of the array: the overload of Redux comes first and takes every command for a plain action. Use `.prepend`.
const own = createSocketMiddleware()
const atTheEnd = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().concat(own.middleware),
})
const concatenated = () => atTheEnd.dispatch(socketConnect())
export type Concatenated = Expect<Equal<ReturnType<typeof concatenated>, Connect>>
export const awaited = () => {
  // @ts-expect-error -- at run time it is a promise, by the types a command
  void atTheEnd.dispatch(socketConnect()).then
}

// Without the default middleware it works.
const alone = configureStore({ reducer: { socket: socketReducer }, middleware: () => new Tuple(own.middleware) })
const kept = () => alone.dispatch(socketSend(1))
export type Kept = Expect<Equal<ReturnType<typeof kept>, SendResult>>

// The type for a function that only needs to dispatch commands.
export const commandsOnly = (dispatch: SocketDispatch): SendResult => dispatch(socketSend(1))
