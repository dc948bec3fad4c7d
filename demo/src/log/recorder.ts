import { isAction, type Middleware } from '@reduxjs/toolkit'
import { socketChanged, socketDropped } from '../../../src/index.js'
import { describe } from './describe.js'
import { LOG_LIMIT, recorded, type DeliveryState, type NewRow } from './logSlice.js'

/** Rows are gathered this long, in ms, and go into the log together: a burst is then a few actions, not thousands. */
const GATHER_TIME = 32
/** What one action carries at most, so that development's checks of it stay short. */
const BATCH_SIZE = 500

/** Writes down what the socket does. It sees only what any middleware of an app would see: the actions. */
export function createRecorder(): Middleware {
  return ({ dispatch }) => {
    const deliveries = createDeliveries()
    let rows: NewRow[] = []
    let timer: ReturnType<typeof setTimeout> | undefined

    const flush = () => {
      timer = undefined
      const batch = rows.slice(0, BATCH_SIZE)
      rows = rows.slice(BATCH_SIZE)
      // A send's later fate counts only once its row is in the log.
      dispatch(recorded({ rows: batch, deliveries: rows.length === 0 ? deliveries.take() : {} }))
      if (rows.length > 0) schedule()
    }
    const schedule = () => {
      timer ??= setTimeout(flush, GATHER_TIME)
    }

    return (next) => (action) => {
      if (!isAction(action) || recorded.match(action)) return next(action)
      const row = describe(action, Date.now())
      if (row) rows.push(row)
      // A hidden tab's timers run once a second or less: what the log could not hold anyway need not wait for it.
      if (rows.length > 2 * LOG_LIMIT) rows = rows.slice(-LOG_LIMIT)
      if (deliveries.observe(action, row) || row) schedule()
      return next(action)
    }
  }
}

/**
 * Follows sends from the queue to their end. A drop names its messages; that the others have gone out is told by the queue
 * alone: it is first in, first out, so when it shrinks to n, all but the last n have left it.
 */
function createDeliveries() {
  let queued: string[] = []
  let changes: Record<string, DeliveryState> = {}

  const settle = (ids: readonly string[], state: DeliveryState) => {
    for (const id of ids) changes[id] = state
  }

  return {
    /** True when it learned something. */
    observe(action: unknown, row: NewRow | undefined): boolean {
      if (row?.delivery === 'queued' && row.messageId !== undefined) queued.push(row.messageId)
      if (socketDropped.match(action)) {
        const { ids, reason } = action.payload
        queued = queued.filter((id) => !ids.includes(id))
        settle(ids, { delivery: 'dropped', reason })
        return true
      }
      if (socketChanged.match(action) && action.payload.queued !== undefined) {
        const gone = queued.splice(0, Math.max(0, queued.length - action.payload.queued))
        settle(gone, { delivery: 'sent' })
        return gone.length > 0
      }
      return false
    },
    /** What changed since it was last asked. */
    take() {
      const taken = changes
      changes = {}
      return taken
    },
  }
}
