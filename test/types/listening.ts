// Rules, and the messages that they match.
import {
  configureStore,
  createAction,
  createAsyncThunk,
  createListenerMiddleware,
  createSlice,
  isAnyOf,
} from '@reduxjs/toolkit'
import {
  createListening,
  createSocketActions,
  createSocketMiddleware,
  socketListen,
  socketReceive,
  socketReducer,
  socketSendRaw,
  type BinarySize,
  type Command,
  type HasMatch,
  type ListenCreator,
  type ListenPayload,
  type MessageListener,
  type ReceiveCreator,
  type ReceiveOptions,
  type SendResult,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

type Message =
  | { type: 'chat/said'; payload: { text: string; at: Date } }
  | { type: 'chat/left'; payload: string }
  | { type: 'chat/cleared' }
interface Chat {
  send: { text: string }
  receive: Message
}
type Said = Extract<Message, { type: 'chat/said' }>
type Left = Extract<Message, { type: 'chat/left' }>
const chat = createSocketActions('chat').withTypes<Chat>()
const { listen, receive } = createListening(chat)

const said = createAction<{ text: string; at: Date }>('chat/said')
const saidHere = createAction<{ text: string; at: Date }, 'chat/said'>('chat/said')
const left = createAction<string, 'chat/left'>('chat/left')
const cleared = createAction<void, 'chat/cleared'>('chat/cleared')
const wrongPayload = createAction<number, 'chat/left'>('chat/left')
const isSaid = (message: Message): message is Said => message.type === 'chat/said'
const slice = createSlice({
  name: 'chat',
  initialState: 0,
  reducers: { left: (state, { payload }: { payload: string }) => state + payload.length },
})
// Outside, as everywhere: inside a call isAnyOf is inferred to be a guard of anything.
const leftOrCleared = isAnyOf(left, cleared)
const leftOrOpened = isAnyOf(left.match, chat.opened.match)
const loaded = createAsyncThunk('loaded', (id: string) => id)

// A set that types its messages.
export const listeners = [
  listen('chat/said', (message) => {
    const known: Expect<Equal<typeof message, Said>> = true
    return [known, message.payload.at.getTime()]
  }),
  listen('chat/cleared', (message) => {
    // @ts-expect-error -- it has no payload
    void message.payload
  }),
  listen(isSaid, (message) => {
    const known: Expect<Equal<typeof message, Said>> = true
    void known
  }),
  listen(left, ({ payload }) => payload.toUpperCase()),
  listen(saidHere, ({ payload }) => payload.at.getTime()),
  listen(cleared, async ({ type }) => await Promise.resolve(type)),
  listen(slice.actions.left, ({ payload }) => payload.toUpperCase()),
  listen(/chat\//, (message) => {
    const known: Expect<Equal<typeof message, Message>> = true
    void known
  }),
  listen(
    ({ type }) => type.endsWith('d'),
    (message) => {
      const known: Expect<Equal<typeof message, Message>> = true
      void known
    },
  ),
  listen(
    (message): message is Left => message.type === 'chat/left',
    ({ payload }) => payload.toUpperCase(),
  ),
]
const eitherType = (type: 'chat/said' | 'chat/left') =>
  listen(type, (message) => {
    const known: Expect<Equal<typeof message, Said | Left>> = true
    void known
  })
export const either = eitherType('chat/said')

// @ts-expect-error -- no message has that type
listen('chat/sad', () => {})
// @ts-expect-error -- no message matches
listen(loaded.fulfilled, () => {})
// @ts-expect-error -- such a message has another payload
listen(wrongPayload, () => {})
// @ts-expect-error -- what is sent is not received
listen(chat.send, () => {})
// @ts-expect-error -- the listener is missing
listen('chat/said')
// @ts-expect-error -- a listener of other messages
listen('chat/said', (message: Left) => message)
// @ts-expect-error -- not a rule
listen(1, () => {})
// @ts-expect-error -- a single rule
listen(['chat/said'], () => {})
const typeOf = ({ type }: Message) => type
// @ts-expect-error -- a predicate returns a boolean
listen(typeOf, () => {})
const isNumber = (message: unknown): message is number => typeof message === 'number'
const half = (message: number) => message / 2
// @ts-expect-error -- a guard of what is never received
listen(isNumber, half)
// @ts-expect-error -- the type of the message is not known
listen(said, () => {})

// A set that does not: any type, messages that have it, or `unknown`.
export const unknown = [
  socketListen('any/type', (message) => {
    const known: Expect<Equal<typeof message, { readonly type: 'any/type'; readonly payload?: unknown }>> = true
    void known
  }),
  socketListen(/any/, (message) => {
    const known: Expect<Equal<typeof message, unknown>> = true
    void known
  }),
  socketListen(
    (message: unknown): message is string[] => Array.isArray(message),
    (message) => message.join(),
  ),
  socketListen(said, ({ payload }) => payload.at.getTime()),
  socketListen(loaded.fulfilled, ({ payload }) => payload.toUpperCase()),
  socketListen(leftOrCleared, ({ type }) => type),
]
// @ts-expect-error -- unknown has no properties
socketListen(/any/, (message) => message.type)

// Messages without a `type`, and messages that may be anything.
const ticks = createSocketActions('ticks').withTypes<{ send: never; receive: { kind: 'tick'; price: number } }>()
const { listen: listenToTicks } = createListening(ticks)
export const ticking = listenToTicks(
  ({ price }) => price > 1,
  ({ price }) => price,
)
// @ts-expect-error -- no message has a type
listenToTicks('tick', () => {})
// @ts-expect-error -- nothing may be sent
ticks.send(undefined)
const loose = createSocketActions('loose').withTypes<
  {
    send?: string
    receive: { type: string; payload?: number } | { type: 'a' | 'b'; at: Date }
  } & { send: string | undefined }
>()
const { listen: listenLoosely } = createListening(loose)
export const loosely = [
  listenLoosely('anything', (message) => {
    const known: Expect<Equal<typeof message, { type: string; payload?: number }>> = true
    void known
  }),
  listenLoosely('a', (message) => ('at' in message ? message.at.getTime() : message.payload?.toFixed())),
]
const silent = createSocketActions('silent').withTypes<{ send: string; receive: never }>()
// @ts-expect-error -- nothing is received
createListening(silent).listen('x', () => {})
// @ts-expect-error -- nothing is received
silent.message('x')
// oxlint-disable-next-line typescript/no-explicit-any -- an app may type it so
const anything = createSocketActions('any').withTypes<{ send: any; receive: any }>()
const { listen: listenToAny } = createListening(anything)
export const anyway = [
  anything.send(1),
  listenToAny('x', ({ payload }) => payload),
  // oxlint-disable-next-line typescript/no-unsafe-return, typescript/no-unsafe-member-access -- an app may type it so
  listenToAny(/x/, (message) => message.anything),
]

// Reading.
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(createSocketMiddleware({ actions: chat }).middleware),
})
type AppDispatch = typeof store.dispatch
type RootState = ReturnType<typeof store.getState>

const read = (dispatch: AppDispatch) => ({
  all: dispatch(receive()),
  bounded: dispatch(receive(undefined, { maxBuffered: 10 })),
  byType: dispatch(receive('chat/said')),
  byGuard: dispatch(receive(isSaid)),
  byInlineGuard: dispatch(receive((message): message is Left => message.type === 'chat/left', { maxBuffered: 1 })),
  byCreator: dispatch(receive(left)),
  byRegExp: dispatch(receive(/chat\//)),
  byPredicate: dispatch(receive(({ type }) => type.endsWith('d'))),
  unknown: dispatch(socketReceive()),
  unknownByType: dispatch(socketReceive('x')),
})
type Read = ReturnType<typeof read>
export type Iterators = [
  Expect<Equal<Read['all'], AsyncIterableIterator<Message>>>,
  Expect<Equal<Read['bounded'], AsyncIterableIterator<Message>>>,
  Expect<Equal<Read['byType'], AsyncIterableIterator<Said>>>,
  Expect<Equal<Read['byGuard'], AsyncIterableIterator<Said>>>,
  Expect<Equal<Read['byInlineGuard'], AsyncIterableIterator<Left>>>,
  Expect<Equal<Read['byCreator'], AsyncIterableIterator<ReturnType<typeof left>>>>,
  Expect<Equal<Read['byRegExp'], AsyncIterableIterator<Message>>>,
  Expect<Equal<Read['byPredicate'], AsyncIterableIterator<Message>>>,
  Expect<Equal<Read['unknown'], AsyncIterableIterator<unknown>>>,
  Expect<Equal<Read['unknownByType'], AsyncIterableIterator<{ readonly type: 'x'; readonly payload?: unknown }>>>,
]
// @ts-expect-error -- no message has that type
receive('chat/sad')
// @ts-expect-error -- no message matches
receive(loaded.fulfilled)
// @ts-expect-error -- unknown option
receive('chat/said', { maxBufferd: 1 })
// @ts-expect-error -- a number
receive(undefined, { maxBuffered: '1' })

// What dispatch returns, wherever it comes from.
const dispatched = (dispatch: AppDispatch) => ({
  listen: dispatch(listen('chat/said', () => {})),
  untyped: dispatch(socketListen(/x/, () => {})),
  text: dispatch(socketSendRaw('x')),
  bytes: dispatch(chat.sendRaw(new Uint8Array(), { whenOffline: 'drop' })),
  blob: dispatch(chat.sendRaw(new Blob())),
})
type Dispatched = ReturnType<typeof dispatched>
export type Returned = [
  Expect<Equal<Dispatched['listen'], () => void>>,
  Expect<Equal<Dispatched['untyped'], () => void>>,
  Expect<Equal<Dispatched['text'], SendResult>>,
  Expect<Equal<Dispatched['bytes'], SendResult>>,
  Expect<Equal<Dispatched['blob'], SendResult>>,
]
// @ts-expect-error -- text or bytes
socketSendRaw({ text: 'x' })
// @ts-expect-error -- text or bytes
chat.sendRaw(1)

export const thunk = createAsyncThunk.withTypes<{ state: RootState; dispatch: AppDispatch }>()(
  'chat/wait',
  async (_: undefined, { dispatch }) => {
    const stop: () => void = dispatch(listen('chat/left', () => {}))
    stop()
    const { id } = dispatch(chat.sendRaw('x'))
    for await (const message of dispatch(receive('chat/said'))) return message.payload.text + id
    return undefined
  },
)
const waited = () => store.dispatch(thunk(undefined)).unwrap()
export type Waited = Expect<Equal<Awaited<ReturnType<typeof waited>>, string | undefined>>

const listener = createListenerMiddleware()
export const listening = () =>
  listener.startListening.withTypes<RootState, AppDispatch>()({
    matcher: leftOrOpened,
    effect: async (_action, { dispatch, signal }) => {
      signal.addEventListener('abort', dispatch(listen(/chat\//, () => {})))
      for await (const message of dispatch(receive())) if (message.type === 'chat/left') return
    },
  })

// In reducers the messages are plain, and the commands that carry functions never arrive.
export const reducer = createSlice({
  name: 'log',
  initialState: { at: '', size: 0 },
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(chat.message, (state, { payload }) => {
        if (payload.type === 'chat/said') state.at = payload.payload.at
        // @ts-expect-error -- no message has that type
        if (payload.type === 'chat/sad') state.at = ''
      })
      .addCase(chat.released, (state, { payload }) => {
        state.size -= payload.ids.length
      })
      .addMatcher(chat.sendRaw.match, (state, { payload, meta }) => {
        const seen: Expect<Equal<typeof payload, string | BinarySize>> = true
        state.size += typeof payload === 'string' || meta.delivery === 'dropped' ? 0 : payload.byteLength
        void seen
      }),
})

// The types by name, for functions of the app's own.
export const onText: MessageListener<Said> = ({ payload }) => payload.text
export const options: ReceiveOptions = { maxBuffered: 1 }
export const hasMatch: HasMatch<Left> = { type: 'chat/left', match: (message): message is Left => !!message }
export const named = [listen(hasMatch, ({ payload }) => payload.length), listen('chat/said', onText)]
export const creators: [ListenCreator<Message>, ReceiveCreator<Message>] = [listen, receive]
export const isListen = (action: unknown): action is Command<ListenPayload, unknown> =>
  listen.match(action) || receive.match(action)
export const ruleOf = (command: Command<ListenPayload, () => void>): unknown => command.payload.rule
