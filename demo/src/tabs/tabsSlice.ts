import { createSlice } from '@reduxjs/toolkit'
import type { Counts, NumberedLine } from './messages.js'
import { counted, opened, said, tabsSocket } from './socket.js'

/** The role of this tab. `alone`: the browser cannot share sockets. */
export type Role = 'none' | 'holder' | 'follower' | 'alone'

interface TabsState {
  readonly role: Role
  /** `null` before the server has told it. */
  readonly counts: Counts | null
  /** The oldest first. */
  readonly lines: readonly NumberedLine[]
}

const MAX_LINES = 50

const initialState: TabsState = { role: 'none', counts: null, lines: [] }

const roleOf = (isHolder: boolean | null): Role => {
  if (isHolder === null) return 'alone'
  return isHolder ? 'holder' : 'follower'
}

const tabsSlice = createSlice({
  name: 'tabs',
  initialState,
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(opened, (state, { payload }) => ({ ...state, role: roleOf(payload.isHolder) }))
      .addCase(counted, (state, { payload }) => ({ ...state, counts: payload }))
      .addCase(said, (state, { payload }) => ({ ...state, lines: [...state.lines, payload].slice(-MAX_LINES) }))
      .addMatcher(tabsSocket.closed.match, (state) => ({ ...state, role: 'none' as const, counts: null })),
  selectors: {
    selectRole: ({ role }) => role,
    selectCounts: ({ counts }) => counts,
    selectLines: ({ lines }) => lines,
  },
})

export const tabsReducer = tabsSlice.reducer
export const { selectRole, selectCounts, selectLines } = tabsSlice.selectors
