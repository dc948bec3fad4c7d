import { createSlice, original, type PayloadAction } from '@reduxjs/toolkit'

export type LogKind = 'sent' | 'received' | 'event'
export type Delivery = 'sent' | 'queued' | 'dropped'

export interface DeliveryState {
  readonly delivery: Delivery
  /** Why the message was dropped. */
  readonly reason?: string
}

/** A row that is not in the log yet. */
export interface NewRow extends Partial<DeliveryState> {
  readonly kind: LogKind
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The action type of an event; empty for messages. */
  readonly title: string
  /** Compact JSON. */
  readonly body: string
  /** The length of a message; `null` for an event. */
  readonly bytes: number | null
  /** The id of a sent message, whose delivery may change later. */
  readonly messageId?: string
}

export interface LogRow extends NewRow {
  /** Counts up from 0 as long as the page is open. */
  readonly id: number
}

export interface LogBatch {
  readonly rows: readonly NewRow[]
  /** New delivery states of earlier sends, by message id. */
  readonly deliveries: Readonly<Record<string, DeliveryState>>
}

interface LogState {
  rows: readonly LogRow[]
  /** The number of rows ever added. */
  total: number
  /** The rows that are shown while paused, and `total` at that time. */
  paused: { readonly rows: readonly LogRow[]; readonly total: number } | null
}

/** The log drops its oldest rows beyond this number. */
export const LOG_LIMIT = 10_000

const initialState: LogState = { rows: [], total: 0, paused: null }

function withDeliveries(rows: readonly LogRow[], deliveries: LogBatch['deliveries']): readonly LogRow[] {
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
    logged(state, { payload }: PayloadAction<LogBatch>) {
      // The plain array, not its draft: Immer would wrap each of ten thousand rows.
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
    /** The number of rows added since the log was paused. */
    selectMissedCount: (log) => (log.paused ? log.total - log.paused.total : 0),
  },
})

export const logReducer = logSlice.reducer
export const { logged, cleared, paused, resumed } = logSlice.actions
export const { selectRows, selectIsPaused, selectMissedCount } = logSlice.selectors
