import { createSlice } from '@reduxjs/toolkit'
import type { RoomMessage } from './messages.js'
import { acknowledged, entered, heard, roomSocket, say } from './socket.js'

/**
 * What the page knows of its own message. `sent`: it was given to the connection. `handled`: the server has acknowledged it. `unknown`: the session was lost
 * before that. `dropped`: it was not sent.
 */
export type Mark = 'sent' | 'handled' | 'unknown' | 'dropped'

/** A message of this page or of another one. */
export interface Entry extends Omit<RoomMessage, 'n'> {
  /** `undefined` for a message of another page. */
  readonly mark?: Mark
  /** The id of the send. */
  readonly sendId?: string
}

interface RoomState {
  entries: Entry[]
}

const MAX_ENTRIES = 50

const initialState: RoomState = { entries: [] }

/** Sets the mark of the sends with these ids, of those that are not known to be handled. */
const markSends = ({ entries }: RoomState, ids: readonly string[], mark: Mark): void => {
  for (const entry of entries) {
    if (entry.sendId === undefined || !ids.includes(entry.sendId) || entry.mark === 'handled') continue
    Object.assign(entry, { mark })
  }
}

const roomSlice = createSlice({
  name: "room",
  initialState,
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(heard, (state, { payload: { n: _, ...message } }) => {
        state.entries.push(message)
        state.entries.splice(0, state.entries.length - MAX_ENTRIES)
      })
      .addCase(entered, (state, { payload }) => {
        const own = new Map(state.entries.filter(({ mark }) => mark).map((entry) => [entry.id, entry]))
        const isKnown = new Set(payload.map(({ id }) => id))
        const known = payload.map(({ n: _, ...message }): Entry => {
          const entry = own.get(message.id)
          return entry ? { ...entry, mark: 'handled' } : message
        })
        // What the server has not handled stays: it is on its way, or the session that had it is lost.
        state.entries = [...known, ...[...own.values()].filter(({ id }) => !isKnown.has(id))]
      })
      .addMatcher(roomSocket.send.match, (state, { payload, meta }) => {
        if (!say.match(payload)) return
        const { isRepeated: _, ...message } = payload.payload
        const rest = state.entries.filter(({ id }) => id !== message.id)
        const mark = meta.delivery === 'dropped' ? 'dropped' : 'sent'
        state.entries = [...rest, { ...message, mark, ...(meta.id !== undefined && { sendId: meta.id }) }].slice(
          -MAX_ENTRIES,
        ) as Entry[]
      })
      .addMatcher(acknowledged.match, (state, { payload: { ids } }) => markSends(state, ids, 'handled'))
      .addMatcher(roomSocket.dropped.match, (state, { payload: { ids, reason } }) =>
        markSends(state, ids, reason === 'indeterminate' ? 'unknown' : 'dropped'),
      ),
  selectors: {
    /** The oldest first. */
    selectEntries: ({ entries }): readonly Entry[] => entries,
    selectUnknownCount: ({ entries }) => entries.filter(({ mark }) => mark === 'unknown').length,
  },
})

export const roomReducer = roomSlice.reducer
export const { selectEntries, selectUnknownCount } = roomSlice.selectors
