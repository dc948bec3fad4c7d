import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import type { Format } from './connections.js'
import type { Draft } from './message.js'
import type { SendResult } from '../sendResults.js'
import type { RecordedFrame } from './recording.js'

/** What a codec made of a message, and what became of that. */
export interface Outgoing extends SendResult {
  /** `undefined` when the codec refused the message. */
  readonly frame: RecordedFrame | undefined
}

/** What came back, as text: the value itself need not be plain. */
export interface Answer {
  readonly text: string
  /** Whether it is what was sent, kinds included. */
  readonly isSame: boolean
}

/** One message, in all formats. */
export interface Exchange extends Draft {
  readonly sent: Readonly<Record<Format, Outgoing>>
  readonly answers: Readonly<Partial<Record<Format, Answer>>>
}

const MAX_EXCHANGES = 5

interface ChatState {
  readonly exchanges: readonly Exchange[]
  readonly count: number
}

const initialState: ChatState = { exchanges: [], count: 0 }

const chatSlice = createSlice({
  name: 'chat',
  initialState,
  reducers: {
    said(state: ChatState, { payload }: PayloadAction<Omit<Exchange, 'answers'>>) {
      const exchanges = [{ ...payload, answers: {} }, ...state.exchanges].slice(0, MAX_EXCHANGES)
      return { exchanges, count: state.count + 1 }
    },
    answered(state, { payload }: PayloadAction<Answer & { readonly n: number; readonly format: Format }>) {
      const { n, format, ...answer } = payload
      const exchange = state.exchanges.find((one) => one.n === n)
      if (exchange) exchange.answers[format] = answer
    },
  },
  selectors: {
    /** The newest first. */
    selectExchanges: ({ exchanges }) => exchanges,
    selectExchange: ({ exchanges }, n: number) => exchanges.find((exchange) => exchange.n === n),
    selectNextNumber: ({ count }) => count + 1,
  },
})

export const chatReducer = chatSlice.reducer
export const { said, answered } = chatSlice.actions
export const { selectExchanges, selectExchange, selectNextNumber } = chatSlice.selectors
