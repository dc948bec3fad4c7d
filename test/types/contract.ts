// A connection typed by a contract: what is sent and what is received.
import { configureStore, createReducer, createSlice, isAnyOf, createListenerMiddleware } from '@reduxjs/toolkit'
import {
  createSocketActions,
  createSocketMiddleware,
  socketMessage,
  socketReducer,
  socketSend,
  type CompleteContract,
  type SocketActions,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

type Ask = { ask: 'price'; symbol: string } | { ask: 'nothing' }
type Tick = { kind: 'tick'; symbol: string; price: number } | { kind: 'halt'; symbol: string }
interface Prices {
  send: Ask
  receive: Tick
}

const prices = createSocketActions('prices').withTypes<Prices>()
export type KeepsItsTypes = Expect<Equal<typeof prices, SocketActions<{ readonly send: Ask; readonly receive: Tick }>>>

export const sent = [prices.send({ ask: 'price', symbol: 'A' }), prices.send({ ask: 'nothing' }, { ttl: 5 })]
// @ts-expect-error -- this is what is received
export const wrongDirection = prices.send({ kind: 'tick', symbol: 'A', price: 1 })
// @ts-expect-error -- the symbol is missing
export const incomplete = prices.send({ ask: 'price' })
// @ts-expect-error -- the members of one case do not belong to the other
export const mixed = prices.send({ ask: 'nothing', symbol: 'A' })
// @ts-expect-error -- something must be sent
export const nothing = prices.send()
// @ts-expect-error -- unknown option
export const unknownOption = prices.send({ ask: 'nothing' }, { ttI: 5 })
// @ts-expect-error -- events are typed too: this is what is sent
export const wrongMessage = prices.message({ ask: 'nothing' })

// Without a contract anything may be sent, and what is received is unknown.
export const anything = [socketSend(undefined), socketSend(new Uint8Array()), socketSend({ a: [1] })]
const untyped = socketMessage(1)
export type Unknown = Expect<Equal<(typeof untyped)['payload'], unknown>>
const half = createSocketActions().withTypes<{ send: string }>()
export type TheRestIsUnknown = Expect<
  Equal<typeof half, SocketActions<{ readonly send: string; readonly receive: unknown }>>
>
export type HalfIsCompleted = Expect<
  Equal<CompleteContract<{ send: string }>, { readonly send: string; readonly receive: unknown }>
>

// In reducers.
export const slice = createSlice({
  name: 'ticks',
  initialState: { last: 0, halted: '' },
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(prices.opened, (state, { payload, meta }) => {
        state.last = payload.at
        state.halted = meta.socket
      })
      .addCase(prices.message, (state, { payload }) => {
        if (payload.kind === 'tick') state.last = payload.price
        else state.halted = payload.symbol
        // @ts-expect-error -- a halted symbol has no price
        if (payload.kind === 'halt') void payload.price
      })
      .addMatcher(prices.message.match, (_state, { payload }) => {
        const tick: Expect<Equal<typeof payload, Tick>> = true
        void tick
      }),
})

export const reducer = createReducer({ errors: 0 }, (builder) => {
  builder
    .addMatcher(isAnyOf(prices.error.match, prices.failed.match), (state, { payload }) => {
      const texts: [string, string] = [payload.code, payload.message]
      state.errors += texts.length
    })
    .addMatcher(prices.send.match, (_state, { payload }) => {
      const ask: Expect<Equal<typeof payload, Ask>> = true
      void ask
    })
    .addMatcher(prices.closed.match, (_state, { payload }) => {
      const code: number | null = payload.code
      // @ts-expect-error -- the network may have reported no code
      const surely: number = payload.code
      void [code, surely]
    })
})

// In the listener middleware.
const listener = createListenerMiddleware()
listener.startListening({
  matcher: prices.message.match,
  effect: ({ payload }) => {
    const tick: Expect<Equal<typeof payload, Tick>> = true
    void tick
  },
})
listener.startListening({
  actionCreator: prices.dropped,
  effect: ({ payload }) => {
    const ids: readonly string[] = payload.ids
    void ids
  },
})
// Outside, as with RTK's own creators: inside startListening, isAnyOf is inferred to be a guard of any action.
const wentUpOrDown = isAnyOf(prices.opened, prices.closed)
listener.startListening({ matcher: wentUpOrDown, effect: ({ payload }) => void payload.at })

// Given to the middleware, whose callbacks are typed by it.
const socket = createSocketMiddleware({
  actions: prices,
  toActions: (message) => {
    const tick: Expect<Equal<typeof message, Tick>> = true
    void tick
    return message.kind === 'tick' ? { type: 'tick', payload: message.price } : undefined
  },
})
export const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
export const delivered = () => store.dispatch(prices.send({ ask: 'nothing' })).delivery

// An event is an ordinary action.
export const events = () => [
  store.dispatch(prices.message({ kind: 'halt', symbol: 'A' })).payload.kind,
  store.dispatch(prices.error({ code: 'x', message: 'y' })).meta.socket,
]
