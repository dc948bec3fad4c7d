/** How many ids are kept of sends that are not confirmed yet. Beyond that only their number is known. */
const MAX_IDS = 1_000

/**
 * The sends on one socket since the last proof that they arrived. `bufferedAmount` proves nothing: it is 0 once the operating system has the bytes.
 * The answer to a later question does, because a WebSocket keeps the order.
 */
export interface UnconfirmedSends {
  readonly add: (id: string) => void
  /** The number of sends so far, for `confirmUpTo`. */
  readonly cursor: () => number
  /** The first `cursor` sends have arrived. */
  readonly confirmUpTo: (cursor: number) => void
  /** The socket is gone: reports the rest and starts over. */
  readonly onLost: () => void
}

/** Creates the list. `report` gets the newest ids of the sends that may not have arrived, and their number. */
export const createUnconfirmedSends = (report: (ids: readonly string[], count: number) => void): UnconfirmedSends => {
  let ids: string[] = []
  let sent = 0
  let confirmed = 0
  return {
    add: (id) => {
      sent++
      ids.push(id)
      if (ids.length > 2 * MAX_IDS) ids = ids.slice(-MAX_IDS)
    },
    cursor: () => sent,
    confirmUpTo: (cursor) => {
      if (cursor <= confirmed) return
      confirmed = cursor
      ids = ids.slice(Math.max(0, ids.length - (sent - confirmed)))
    },
    onLost: () => {
      if (sent > confirmed) report(ids.slice(-MAX_IDS), sent - confirmed)
      ids = []
      sent = confirmed = 0
    },
  }
}
