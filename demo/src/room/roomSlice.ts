import { createSlice } from '@reduxjs/toolkit'
import type { RoomMessage } from './messages.js'
import { acknowledged, entered, said, roomSocket, say } from './socket.js'

/**
 * What the page knows of its own message. `waiting`: it waits for the connection. `sent`: the socket has it. `acknowledged`: the server has handled it.
 * `indeterminate`: it was sent, and the session was lost before the server acknowledged it. `dropped`: it was not sent.
 */
export type Mark = 'waiting' | 'sent' | 'acknowledged' | 'indeterminate' | 'dropped'

/** A message of this page or of another one. */
export interface Entry extends RoomMessage {
  /** `undefined` for a message of another page. */
  readonly mark?: Mark
  /** The id of the send. */
  readonly sendId?: string
}

interface RoomState {
  /** The oldest first. */
  readonly entries: readonly Entry[]
}

const MAX_ENTRIES = 50

const initialState: RoomState = { entries: [] }

const keep = (entries: readonly Entry[]): RoomState => ({ entries: entries.slice(-MAX_ENTRIES) })

/** Sets the mark of the sends with these ids. */
const markSends = ({ entries }: RoomState, ids: readonly string[], mark: Mark): RoomState => ({
  entries: entries.map((entry) =>
    entry.sendId !== undefined && ids.includes(entry.sendId) && entry.mark !== 'acknowledged'
      ? { ...entry, mark }
      : entry,
  ),
})

const marks = { sent: 'sent', queued: 'waiting', dropped: 'dropped' } as const

const roomSlice = createSlice({
  name: 'room',
  initialState,
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase(said, ({ entries }, { payload }) => keep([...entries, payload]))
      .addCase(entered, ({ entries }, { payload }) => {
        const own = new Map(entries.filter(({ mark }) => mark).map((entry) => [entry.id, entry]))
        const ids = new Set(payload.map(({ id }) => id))
        // What the room does not have is on its way, or was lost with a session.
        const others = [...own.values()].filter(({ id }) => !ids.has(id))
        return keep([...payload.map((message) => own.get(message.id) ?? message), ...others])
      })
      .addMatcher(roomSocket.send.match, ({ entries }, { payload, meta: { delivery = 'sent', id } }) => {
        if (!say.match(payload)) return undefined
        const { isRepeated: _isRepeated, ...message } = payload.payload
        const others = entries.filter((entry) => entry.id !== message.id)
        const mark = marks[delivery]
        return keep([...others, { ...message, mark, ...(id !== undefined && { sendId: id }) }])
      })
      .addMatcher(acknowledged.match, (state, { payload: { ids } }) => markSends(state, ids, 'acknowledged'))
      .addMatcher(roomSocket.dropped.match, (state, { payload: { ids, reason } }) =>
        markSends(state, ids, reason === 'indeterminate' ? 'indeterminate' : 'dropped'),
      ),
  selectors: {
    selectEntries: ({ entries }) => entries,
    /** Whether a message of this page waits, or was sent and is not acknowledged. */
    selectIsOnItsWay: ({ entries }) => entries.some(({ mark }) => mark === 'waiting' || mark === 'sent'),
    /** The number of sends whose fate is not known. */
    selectIndeterminateCount: ({ entries }) => entries.filter(({ mark }) => mark === 'indeterminate').length,
  },
})

export const roomReducer = roomSlice.reducer
export const { selectEntries, selectIndeterminateCount, selectIsOnItsWay } = roomSlice.selectors
