/** Ids that are remembered of what is not proven yet; beyond, only their number is. */
const MAX_IDS = 1_000

/**
 * What was sent on a socket since the last ordered proof that it arrives. `bufferedAmount` proves nothing: it is 0 once the operating system
 * has the bytes. The answer to a later question does, for a WebSocket keeps its order.
 */
export interface Ledger {
  readonly sent: (id: string) => void
  /** The number of sends so far. */
  readonly mark: () => number
  /** The first `mark` sends have arrived. */
  readonly proven: (mark: number) => void
  /** The socket is gone: reports the rest, the newest ids of it by name, and begins anew. */
  readonly lost: () => void
}

/** Creates a ledger. `report` hears of what cannot be known to have arrived. */
export const createLedger = (report: (ids: readonly string[], count: number) => void): Ledger => {
  let ids: string[] = []
  let sent = 0
  let proven = 0
  return {
    sent: (id) => {
      sent++
      ids.push(id)
      if (ids.length > 2 * MAX_IDS) ids = ids.slice(-MAX_IDS)
    },
    mark: () => sent,
    proven: (mark) => {
      proven = Math.max(proven, mark)
      ids = ids.slice(Math.max(0, ids.length - (sent - proven)))
    },
    lost: () => {
      if (sent > proven) report(ids.slice(-MAX_IDS), sent - proven)
      ids = []
      sent = 0
      proven = 0
    },
  }
}
