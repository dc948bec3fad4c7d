import { configureStore, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { createSocketActions, createSocketMiddleware, socketReducer } from 'reduplex'

interface Price {
  symbol: string
  price: number
}
export const live = createSocketActions().withTypes<{ receive: Price; send: never }>()

const prices = createSlice({
  name: 'prices',
  initialState: {} as Record<string, number>,
  reducers: {
    changed: (state, { payload }: PayloadAction<Price>) => {
      state[payload.symbol] = payload.price
    },
  },
})

const socket = createSocketMiddleware({
  actions: live,
  heartbeat: { interval: 25_000, timeout: 10_000 },
  toActions: (message) => prices.actions.changed(message),
})
export const store = configureStore({
  reducer: { socket: socketReducer, prices: prices.reducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
export type RootState = ReturnType<typeof store.getState>
