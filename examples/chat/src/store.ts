import { combineReducers, configureStore, createAction, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import {
  createSocketMiddleware,
  handshakeFeature,
  socketClose,
  socketConnect,
  socketReducer,
  SocketFailure,
} from 'reduplex'

interface Line {
  id: string
  name: string
  text: string
}
interface Token {
  token: string
  expiresAt: number
}

/** Forwarded to the server. */
export const said = createAction<string>('chat/said')

const chat = createSlice({
  name: 'chat',
  initialState: [] as Line[],
  reducers: {
    entered: (_state, { payload }: PayloadAction<Line[]>) => payload,
    added: (state, { payload }: PayloadAction<Line>) => {
      // It may be in the list that came when the connection was opened.
      if (!state.some(({ id }) => id === payload.id)) state.push(payload)
    },
  },
})
const session = createSlice({
  name: 'session',
  initialState: { token: null as Token | null, refreshes: 0 },
  reducers: {
    refreshed: (state, { payload }: PayloadAction<Token>) => {
      state.token = payload
      state.refreshes++
    },
    ended: (state) => {
      state.token = null
    },
  },
})

const rootReducer = combineReducers({ socket: socketReducer, chat: chat.reducer, session: session.reducer })
export type RootState = ReturnType<typeof rootReducer>

const socket = createSocketMiddleware.with(handshakeFeature).withTypes<RootState>()({
  heartbeat: { interval: 25_000, timeout: 10_000 },
  // Called before every attempt. `reason` is 'refresh' after the server has closed with 4401.
  params: async ({ dispatch, getState, reason, signal }) => {
    const { token } = getState().session
    if (token && reason !== 'refresh' && token.expiresAt > Date.now() + 1_000) return { token: token.token }
    const response = await fetch('/api/token', { method: 'POST', signal })
    if (response.status === 401) throw new SocketFailure('Sign in first.')
    if (!response.ok) throw new Error(`Expected a token, got HTTP ${response.status}.`)
    const fresh = (await response.json()) as Token
    dispatch(session.actions.refreshed(fresh))
    return { token: fresh.token }
  },
  // The first message proves that the token was accepted. The queue waits for it; the store gets the message after this.
  handshake: async ({ receive, dispatch }) => {
    const { payload } = (await receive()) as { payload: Line[] }
    dispatch(chat.actions.entered(payload))
  },
  accept: [chat.actions.added],
  forward: [said],
})

export const store = configureStore({
  reducer: rootReducer,
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

export const signIn = async (name: string): Promise<void> => {
  await fetch('/api/login', { method: 'POST', body: JSON.stringify({ name }) })
  await store.dispatch(socketConnect())
}
export const signOut = async (): Promise<void> => {
  await store.dispatch(socketClose())
  await fetch('/api/logout', { method: 'POST' })
  store.dispatch(session.actions.ended())
}

void store.dispatch(socketConnect()) // with the cookie of the last visit
