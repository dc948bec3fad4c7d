import { isAction, type Middleware } from '@reduxjs/toolkit'
import { socketChanged, socketDropped } from '../../../src/index.js'
import { LOG_LIMIT, logged, type DeliveryState, type NewRow } from './logSlice.js'
import { toLogRow } from './toLogRow.js'

/** Rows are collected for this time, in ms, and added to the log together: a burst then takes a few actions, not thousands. */
const BATCH_INTERVAL = 32
/** The maximum number of rows in one action: RTK's development checks walk through each of them. */
const BATCH_SIZE = 500

/** Logs the actions of the socket. It sees only what any middleware of an app sees. */
export function createLogMiddleware(): Middleware {
  return ({ dispatch }) => {
    const deliveries = createDeliveryTracker()
    let rows: NewRow[] = []
    let timer: ReturnType<typeof setTimeout> | undefined

    const flush = () => {
      timer = undefined
      const batch = rows.slice(0, BATCH_SIZE)
      rows = rows.slice(BATCH_SIZE)
      // A delivery state can only be applied to a row that is in the log.
      dispatch(logged({ rows: batch, deliveries: rows.length === 0 ? deliveries.takeChanges() : {} }))
      if (rows.length > 0) schedule()
    }
    const schedule = () => {
      timer ??= setTimeout(flush, BATCH_INTERVAL)
    }

    return (next) => (action) => {
      if (!isAction(action) || logged.match(action)) return next(action)
      const row = toLogRow(action, Date.now())
      if (row) rows.push(row)
      // Timers of a hidden tab run once a second or less: do not collect more than the log can hold.
      if (rows.length > 2 * LOG_LIMIT) rows = rows.slice(-LOG_LIMIT)
      if (deliveries.observe(action, row) || row) schedule()
      return next(action)
    }
  }
}

/**
 * Tracks queued sends until they are sent or dropped. `socketDropped` names its messages. Sent ones follow from the length of the
 * queue: it is first in, first out, so when its length becomes n, all but the last n messages have been sent.
 */
function createDeliveryTracker() {
  let queued: string[] = []
  let changes: Record<string, DeliveryState> = {}

  const setState = (ids: readonly string[], state: DeliveryState) => {
    for (const id of ids) changes[id] = state
  }

  return {
    /** Returns whether a delivery state changed. */
    observe(action: unknown, row: NewRow | undefined): boolean {
      if (row?.delivery === 'queued' && row.messageId !== undefined) queued.push(row.messageId)
      if (socketDropped.match(action)) {
        const { ids, reason } = action.payload
        queued = queued.filter((id) => !ids.includes(id))
        setState(ids, { delivery: 'dropped', reason })
        return true
      }
      if (socketChanged.match(action) && action.payload.queued !== undefined) {
        const sent = queued.splice(0, Math.max(0, queued.length - action.payload.queued))
        setState(sent, { delivery: 'sent' })
        return sent.length > 0
      }
      return false
    },
    /** Returns the changes since the last call. */
    takeChanges() {
      const taken = changes
      changes = {}
      return taken
    },
  }
}
