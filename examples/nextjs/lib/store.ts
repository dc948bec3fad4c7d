import { configureStore, createAction, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketReducer } from 'reduplex'

export interface Line {
  id: string
  text: string
}

/** Forwarded to the server. */
export const written = createAction<string>('lines/written')

const lines = createSlice({
  name: 'lines',
  initialState: [] as Line[],
  reducers: {
    // Sent on every connection: it has what was written between the rendering and the connection.
    loaded: (_state, { payload }: PayloadAction<Line[]>) => payload,
    added: (state, { payload }: PayloadAction<Line>) => {
      state.push(payload)
    },
  },
})

/** A store of its own for each request on the server, and for each page in the browser. It connects when somebody dispatches `socketConnect`. */
export const makeStore = (known: Line[]) => {
  const socket = createSocketMiddleware({
    accept: [lines.actions.loaded, lines.actions.added],
    forward: [written],
    heartbeat: { interval: 25_000, timeout: 10_000 },
  })
  return configureStore({
    reducer: { socket: socketReducer, lines: lines.reducer },
    preloadedState: { lines: known },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
}
export type AppStore = ReturnType<typeof makeStore>
export type RootState = ReturnType<AppStore['getState']>
