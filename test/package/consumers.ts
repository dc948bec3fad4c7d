// The sources of apps that are compiled against the packed library.

/** An app that exports what it makes: its declaration files must be able to name all of it. */
export const store = `
import { configureStore, createAsyncThunk, createSlice } from '@reduxjs/toolkit'
import { z } from 'zod'
import {
  asyncFeature,
  createListening,
  createSocketActions,
  createSocketMiddleware,
  getSocketSelectors,
  handshakeFeature,
  json,
  raw,
  schemaFeature,
  selectSocketStatus,
  socketClose,
  socketConnect,
  socketListen,
  socketReceive,
  socketReducer,
  socketSend,
  socketSendRaw,
  socketSlice,
  text,
} from 'reduplex'

export const chat = createSocketActions({
  name: 'chat',
  schema: {
    receive: z.discriminatedUnion('type', [
      z.object({ type: z.literal('said'), at: z.string().transform((at) => new Date(at)) }),
      z.object({ type: z.literal('left'), who: z.string(), picture: z.instanceof(Uint8Array) }),
    ]),
    send: z.object({ page: z.number().transform(String) }),
  },
})
export const prices = createSocketActions('prices').withTypes<{ send: string; receive: { price: bigint } }>()
export const socket = createSocketMiddleware({ url: 'ws://localhost/' })
export const createWithSchemas = createSocketMiddleware.with(handshakeFeature, schemaFeature, asyncFeature)
export const chatSocket = createWithSchemas({
  actions: chat,
  toActions: (message) => (message.type === 'said' ? { type: message.at } : undefined),
  handshake: async ({ send, receive }) => {
    await send({ page: 1 })
    const message = await receive()
    return message.type === 'said' && message.at.getTime()
  },
})
export const thirdSocket = createWithSchemas.withTypes<{ token: string }>()({
  url: ({ getState }) => getState().token,
  toActions: (message) => ({ type: message.kind.toUpperCase() }),
  schema: { receive: z.object({ kind: z.string() }) },
})
export const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware, chatSocket.middleware),
})
export type RootState = ReturnType<typeof store.getState>
export type AppDispatch = typeof store.dispatch
export const createAppAsyncThunk = createAsyncThunk.withTypes<{ state: RootState; dispatch: AppDispatch }>()
export const login = createAppAsyncThunk('login', async (_: string, { dispatch }) => dispatch(chat.send({ page: 1 })))
export const slice = createSlice({
  name: 'log',
  initialState: { at: '', bytes: 0, price: '' },
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(chat.message, (state, { payload }) => {
        if (payload.type === 'said') state.at = payload.at
        else state.bytes = payload.picture.byteLength
      })
      .addMatcher(prices.message.match, (state, { payload }) => {
        state.price = payload.price
      }),
})
export const dispatch = store.dispatch
export const outcome: Promise<'open' | 'reconnecting' | 'closed' | 'failed'> = store.dispatch(socketConnect())
export const delivery: 'sent' | 'queued' | 'dropped' = store.dispatch(socketSend({ type: 'chat/said' })).delivery
export const status: 'idle' | 'open' | 'connecting' | 'closing' | 'closed' | 'reconnecting' | 'failed' =
  selectSocketStatus(store.getState())
export const closed: Promise<'closed'> = store.dispatch(socketClose())
export const listening = createListening(chat)
export const stop: () => void = store.dispatch(listening.listen('said', ({ at }) => at.getTime()))
export const sent = [chat.send({ page: 1 }), socketSendRaw(new Uint8Array())]
export const delivered = store.dispatch(chat.send({ page: 1 }))
export const handled = [listening.listen('left', ({ who }) => who), socketListen(/x/, () => {})]
export const reading = listening.receive('left')
export const read = store.dispatch(reading)
export const all = store.dispatch(socketReceive())
export const { message, opened, send, error } = chat
export const isMessage = chat.message.match
export const command = { ...socketConnect(), more: socketConnect().meta }
export const selectors = getSocketSelectors((root: RootState) => root.socket)
export const slices = [socketSlice, socketReducer]
export const codecs = [json(), text(), raw(), raw({ binaryType: 'blob' })] as const
// @ts-expect-error an unknown option is an error: the types are real, not any
createSocketMiddleware({ uri: 'ws://localhost/' })
// @ts-expect-error the schema takes a number
chat.send({ page: '1' })
// @ts-expect-error no message has that type
listening.listen('sad', () => {})
`

/** One that has every entry. */
export const entries = (names: readonly string[]): string =>
  [
    ...names.map((name, index) => `import * as entry${index} from '${name}'`),
    `export const entries = [${names.map((_, index) => `entry${index}`).join(', ')}] as const`,
    `export const made = { ${names.map((name, index) => `'${name}': { ...entry${index} }`).join(', ')} }`,
  ].join('\n')

/** One for a place that knows neither the DOM nor Node. */
export const bare = `
import type { Plain } from 'reduplex'
export const at = (message: Plain<{ at: Date; parts: { n: bigint }[] }>): string => message.at + message.parts[0]!.n
// @ts-expect-error it is a text
export const never = (message: Plain<{ at: Date }>): number => message.at
`
