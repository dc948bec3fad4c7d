// What was accepted, what arrived and what was reported, in both directions.

/** A message that the server has accepted for one connection. */
export interface Told {
  readonly connection: string
  readonly n: number
}

/** How a request of the client ended: `reply`, `wrong reply`, or the code of an error; `open` until then. */
export type Outcome = string

export interface Account {
  /** What happened, where a test asks for it. */
  readonly log: (readonly unknown[])[] | undefined
  /** The ids of the sends of the client, in order; each is its message. */
  readonly accepted: string[]
  /** What the listeners of the server got, in order. */
  readonly handled: string[]
  /** The page that is open, from 0: a reload goes on with the next one. What an earlier page did or reported just before its end, the next one does not know. */
  page: number
  /** Sends that no storage had when their page ended: they may be lost. */
  readonly unstored: Set<string>
  /** Those whose listeners are done. */
  readonly finished: Set<string>
  /** The last page that reported a send as acknowledged, by id. */
  readonly acknowledged: Map<string, number>
  /** The reasons of reported sends, by id, and the page that reported it last. */
  readonly dropped: Map<string, { readonly reason: string; readonly page: number }>
  /** What the server has accepted, by connection. */
  readonly told: Map<string, number[]>
  /** What the client got, in order. */
  readonly received: Told[]
  /** Why connections were removed, by id. */
  readonly removed: Map<string, string>
  /** How often each request was processed, and how it ended. */
  readonly calls: Map<number, number>
  readonly outcomes: Map<number, Outcome>
  /** The verdicts of the sessions, in order. */
  readonly verdicts: string[]
  /** What servers report beside that. */
  readonly problems: string[]
  /** A session was ended by a server that goes on: what it has taken is acknowledged, and its listeners still end. */
  hasEnded: boolean
  /** Something has happened after which a session may be lost. */
  mayBeLost: boolean
}

export const createAccount = (hasLog: boolean): Account => ({
  log: hasLog ? [] : undefined,
  accepted: [],
  handled: [],
  page: 0,
  unstored: new Set(),
  finished: new Set(),
  acknowledged: new Map(),
  dropped: new Map(),
  told: new Map(),
  received: [],
  removed: new Map(),
  calls: new Map(),
  outcomes: new Map(),
  verdicts: [],
  problems: [],
  hasEnded: false,
  mayBeLost: false,
})

/** Reasons for which a send that was dropped has never left the client. */
const neverLeft: ReadonlySet<string> = new Set(['overflow', 'expired', 'offline', 'closed', 'replaced'])

const findFaultOfOrder = ({ accepted, handled }: Account): string | undefined => {
  const seen = new Set<string>()
  let last = -1
  for (const id of handled) {
    if (seen.has(id)) return `${id} is handled twice`
    seen.add(id)
    const place = accepted.indexOf(id)
    if (place < last) return `${id} is handled after a later one`
    last = place
  }
  return undefined
}

const findFaultOfSend = (account: Account, handled: ReadonlySet<string>, id: string): string | undefined => {
  const { acknowledged, dropped, page, unstored, verdicts } = account
  const ackedBy = acknowledged.get(id)
  const report = dropped.get(id)
  const isHandled = handled.has(id)
  if (unstored.has(id)) return isHandled ? `${id} is handled and was never stored` : undefined
  // The page that sent it may have ended before it could report it.
  if (ackedBy === undefined && !report && !verdicts.includes('none') && !(page > 0 && isHandled))
    return `${id} is neither acknowledged nor reported`
  if (ackedBy !== undefined && ackedBy === report?.page) return `${id} is acknowledged and reported as ${report.reason}`
  if (ackedBy !== undefined && !isHandled) return `${id} is acknowledged and was never handled`
  if (report && neverLeft.has(report.reason) && isHandled && report.page === page)
    return `${id} is ${report.reason} and was handled`
  return undefined
}

/**
 * Messages to the server: each is handled once and in order, or reported. A client that got no answer to its first hello in time goes on without a session,
 * as with a server that has none: then sends are acknowledged by nobody.
 */
const findFaultUp = (account: Account): string | undefined => {
  const handled = new Set(account.handled)
  const faults = account.accepted.map((id) => findFaultOfSend(account, handled, id))
  return findFaultOfOrder(account) ?? faults.find((fault) => fault !== undefined)
}

/** Messages to the client: of each connection it gets all, or the first ones and the connection is reported as removed. */
const findFaultDown = ({ received, removed, told, verdicts }: Account): string | undefined => {
  const got = new Map<string, number>()
  for (const { connection, n } of received) {
    const count = got.get(connection) ?? 0
    const expected = told.get(connection)?.[count]
    if (n !== expected) return `the client gets ${n} of ${connection}, not ${expected}`
    got.set(connection, count + 1)
  }
  for (const [connection, all] of told) {
    const count = got.get(connection) ?? 0
    if (count < all.length && !removed.has(connection) && !verdicts.includes('none'))
      return `the client lacks ${all.length - count} messages of ${connection}, which is not removed`
  }
  return undefined
}

const findFaultOfCalls = ({ calls, outcomes }: Account): string | undefined => {
  for (const [n, outcome] of outcomes) {
    const times = calls.get(n) ?? 0
    if (times > 1) return `the request ${n} is processed ${times} times`
    if (outcome === 'open') return `the request ${n} never ends`
    if (outcome === 'wrong reply') return `the request ${n} gets another reply`
    if (outcome === 'reply' && times === 0) return `the request ${n} is answered and was never processed`
  }
  return undefined
}

/** The first promise that was broken. */
export const findFault = (account: Account): string | undefined => {
  return findFaultUp(account) ?? findFaultDown(account) ?? findFaultOfCalls(account) ?? account.problems[0]
}
