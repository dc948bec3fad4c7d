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
  /** Those whose listeners are done. */
  readonly finished: Set<string>
  readonly acknowledged: string[]
  /** The reasons of reported sends, by id. */
  readonly dropped: Map<string, string>
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
  /** Something has happened after which a session may be lost. */
  mayBeLost: boolean
}

export const createAccount = (hasLog: boolean): Account => ({
  log: hasLog ? [] : undefined,
  accepted: [],
  handled: [],
  finished: new Set(),
  acknowledged: [],
  dropped: new Map(),
  told: new Map(),
  received: [],
  removed: new Map(),
  calls: new Map(),
  outcomes: new Map(),
  verdicts: [],
  problems: [],
  mayBeLost: false,
})

/** Reasons for which a send that was dropped has never left the client. */
const neverLeft: ReadonlySet<string> = new Set(['overflow', 'expired', 'offline', 'closed', 'replaced'])

/**
 * Messages to the server: each is handled once and in order, or reported. A client that got no answer to its first hello in time goes on without a session,
 * as with a server that has none: then sends are acknowledged by nobody.
 */
const findFaultUp = ({ accepted, acknowledged, dropped, handled, verdicts }: Account): string | undefined => {
  const times = new Map<string, number>()
  let last = -1
  for (const id of handled) {
    times.set(id, (times.get(id) ?? 0) + 1)
    if (times.get(id)! > 1) return `${id} is handled twice`
    const place = accepted.indexOf(id)
    if (place < last) return `${id} is handled after a later one`
    last = place
  }
  if (new Set(acknowledged).size < acknowledged.length) return 'a send is acknowledged twice'
  const done = new Set(acknowledged)
  for (const id of accepted) {
    const reason = dropped.get(id)
    if (!done.has(id) && reason === undefined && !verdicts.includes('none'))
      return `${id} is neither acknowledged nor reported`
    if (done.has(id) && reason !== undefined) return `${id} is acknowledged and reported as ${reason}`
    if (done.has(id) && !times.has(id)) return `${id} is acknowledged and was never handled`
    if (reason !== undefined && neverLeft.has(reason) && times.has(id)) return `${id} is ${reason} and was handled`
  }
  return undefined
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
