import { createSlice, original, type PayloadAction } from '@reduxjs/toolkit'

export type LogKind = 'sent' | 'received' | 'event'
export type Delivery = 'sent' | 'queued' | 'dropped'

export interface DeliveryState {
  readonly delivery: Delivery
  /** Why it was dropped. */
  readonly reason?: string
}

/** A row before it has its place in the log. */
export interface NewRow extends Partial<DeliveryState> {
  readonly kind: LogKind
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The action's type of an event; empty for messages. */
  readonly title: string
  /** Compact JSON. */
  readonly body: string
  /** The length of the message; `null` for an event. */
  readonly bytes: number | null
  /** Names a sent message, so that its delivery can change later. */
  readonly messageId?: string
}

export interface LogRow extends NewRow {
  /** Counts up from 0 for as long as the page lives. */
  readonly id: number
}

export interface Recorded {
  readonly rows: readonly NewRow[]
  /** What has become of earlier sends, by message id. */
  readonly deliveries: Readonly<Record<string, DeliveryState>>
}

interface LogState {
  rows: readonly LogRow[]
  /** How many rows there have ever been. */
  total: number
  /** What is shown while paused, and how many rows there had been by then. */
  paused: { readonly rows: readonly LogRow[]; readonly total: number } | null
}

/** The oldest rows give way. */
export const LOG_LIMIT = 10_000

const initialState: LogState = { rows: [], total: 0, paused: null }

function withDeliveries(rows: readonly LogRow[], deliveries: Recorded['deliveries']): readonly LogRow[] {
  if (Object.keys(deliveries).length === 0) return rows
  return rows.map((row) => {
    const change = row.messageId === undefined ? undefined : deliveries[row.messageId]
    return change ? { ...row, ...change } : row
  })
}

const logSlice = createSlice({
  name: 'log',
  initialState,
  reducers: {
    recorded(state, { payload }: PayloadAction<Recorded>) {
      // The plain array, not its draft: Immer would wrap each of ten thousand rows to find that nothing in them changed.
      const { rows, total } = original(state)
      const added = payload.rows.map((row, index) => ({ ...row, id: total + index }))
      const kept = added.length === 0 ? rows : [...rows, ...added].slice(-LOG_LIMIT)
      state.rows = withDeliveries(kept, payload.deliveries) as LogRow[]
      state.total += added.length
    },
    cleared(state) {
      state.rows = []
      if (state.paused) state.paused = { rows: [], total: state.total }
    },
    paused(state) {
      const { rows, total } = original(state)
      state.paused = { rows, total }
    },
    resumed(state) {
      state.paused = null
    },
  },
  selectors: {
    selectRows: (log) => log.paused?.rows ?? log.rows,
    selectIsPaused: (log) => log.paused !== null,
    /** How many rows came since the log was paused. */
    selectMissed: (log) => (log.paused ? log.total - log.paused.total : 0),
  },
})

export const logReducer = logSlice.reducer
export const { recorded, cleared, paused, resumed } = logSlice.actions
export const { selectRows, selectIsPaused, selectMissed } = logSlice.selectors
