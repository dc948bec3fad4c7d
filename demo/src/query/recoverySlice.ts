import { createSlice } from '@reduxjs/toolkit'
import { rpc } from '../functions/connection.js'

interface RecoveryState {
  /** The subscription to the channel of the posts. */
  id: string | null
  isActive: boolean
  /** Whether the last reconnect brought everything that was missed; `null` before the first one. */
  recovered: boolean | null
}

const initialState: RecoveryState = { id: null, isActive: false, recovered: null }

const recoverySlice = createSlice({
  name: 'recovery',
  initialState,
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addMatcher(rpc.subscribe.match, (state, { payload, meta }) => {
        if (payload.channel === 'posts') Object.assign(state, { ...initialState, id: meta.id ?? null })
      })
      .addMatcher(rpc.subscribed.match, (state, { payload: { ids, recovered } }) => {
        if (state.id === null || !ids.includes(state.id)) return
        if (state.isActive) state.recovered = recovered
        state.isActive = true
      }),
  selectors: { selectRecovered: ({ recovered }) => recovered },
})

export const recoveryReducer = recoverySlice.reducer
export const { selectRecovered } = recoverySlice.selectors
