import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { createSocketActions, createSocketMiddleware, socketReducer } from 'reduplex'
import { batchFeature } from 'reduplex/batch'

interface Price {
  symbol: string
  price: number
}
export const live = createSocketActions().withTypes<{ receive: Price; send: never }>()

const prices = createSlice({
  name: 'prices',
  initialState: {} as Record<string, number>,
  reducers: {
    changed: (state, { payload }: PayloadAction<readonly Price[]>) => {
      for (const { symbol, price } of payload) state[symbol] = price
    },
  },
})

// 1000 messages a second arrive; one action a frame has the newest price of each symbol.
const socket = createSocketMiddleware.with(batchFeature)({
  actions: live,
  heartbeat: { interval: 25_000, timeout: 10_000 },
  batch: { key: (message) => (message as Price).symbol },
  toActions: (messages) => prices.actions.changed(messages),
})

export const store = configureStore({
  reducer: { socket: socketReducer, prices: prices.reducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
export type RootState = ReturnType<typeof store.getState>
