import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import type { SendResult } from '../describeSendResults.js'
import type { Format } from './connections.js'
import type { Draft } from './message.js'
import type { RecordedFrame } from './recordingCodec.js'

/** The result of a send, and the frame that the codec encoded. */
export interface SentFrame extends SendResult {
  /** `undefined` when the codec could not encode the message. */
  readonly frame: RecordedFrame | undefined
}

/** The echo of a message, as text: the value itself may not be plain data. */
export interface Echo {
  readonly text: string
  /** Whether it equals the message, types included. */
  readonly isEqual: boolean
}

/** One message in all formats. */
export interface Exchange extends Draft {
  readonly sent: Readonly<Record<Format, SentFrame>>
  readonly echoes: Readonly<Partial<Record<Format, Echo>>>
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
    messageSent(state: ChatState, { payload }: PayloadAction<Omit<Exchange, 'echoes'>>) {
      const exchanges = [{ ...payload, echoes: {} }, ...state.exchanges].slice(0, MAX_EXCHANGES)
      return { exchanges, count: state.count + 1 }
    },
    echoReceived(state, { payload }: PayloadAction<Echo & { readonly n: number; readonly format: Format }>) {
      const { n, format, ...echo } = payload
      const exchange = state.exchanges.find((candidate) => candidate.n === n)
      if (exchange) exchange.echoes[format] = echo
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
export const { messageSent, echoReceived } = chatSlice.actions
export const { selectExchanges, selectExchange, selectNextNumber } = chatSlice.selectors
