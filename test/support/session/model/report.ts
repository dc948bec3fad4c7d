import type { SessionVerdict } from '../../../../src/session/sessionState.js'

/** What happened in a world. */
export interface Report {
  /** What the app of the server got, in order. */
  readonly handled: string[]
  /** Sends that were reported as dropped, with the reason. */
  readonly reported: Map<string, string>
  readonly acknowledged: Set<string>
  /** The sends of the app of the client. */
  readonly accepted: Set<string>
  readonly verdicts: { readonly session: SessionVerdict; readonly id: string }[]
  /** The sessions that the server has ended with a `bye`. */
  readonly ended: Set<string>
  /** What the server sent in each session, and what the client got of it. */
  readonly said: Map<string, string[]>
  readonly delivered: Map<string, string[]>
  /** Something happened after which a verdict of `lost` is right. */
  wasDestroyed: boolean
}

export const createReport = (): Report => ({
  handled: [],
  reported: new Map(),
  acknowledged: new Set(),
  accepted: new Set(),
  verdicts: [],
  ended: new Set(),
  said: new Map(),
  delivered: new Map(),
  wasDestroyed: false,
})

const faultUp = ({ accepted, acknowledged, handled, reported }: Report): string | undefined => {
  const seen = new Set<string>()
  let last = 0
  for (const message of handled) {
    if (seen.has(message)) return `${message} is handled twice`
    seen.add(message)
    const number = Number(message.slice(1))
    if (number < last) return `${message} is handled after a later one`
    last = number
  }
  for (const id of accepted) {
    if (acknowledged.has(id) && !seen.has(id)) return `${id} is acknowledged and was never handled`
    if (acknowledged.has(id) && reported.has(id)) return `${id} is acknowledged and reported`
    if (!acknowledged.has(id) && !reported.has(id)) return `${id} is neither acknowledged nor reported`
    if (reported.get(id) === 'overflow' && seen.has(id)) return `${id} is handled and reported as overflow`
  }
  return undefined
}

const faultDown = ({ delivered, ended, said }: Report, current: string | undefined): string | undefined => {
  for (const [id, expected] of said) {
    const got = delivered.get(id) ?? []
    const text = `session ${id}: got ${got.join()} of ${expected.join()}`
    if (got.some((message, index) => message !== expected[index])) return text
    if ((id === current || ended.has(id)) && got.length !== expected.length)
      return `${text}, and is whole by its verdict`
  }
  return undefined
}

const faultyVerdict = ({ ended, verdicts, wasDestroyed }: Report): string | undefined => {
  let previous: string | undefined
  for (const { session, id } of verdicts) {
    const wasOver = previous === undefined || ended.has(previous)
    if (session === 'resumed' && id !== previous) return `resumed ${id}, but had ${String(previous)}`
    if (session === 'new' && !wasOver) return `a new session, but ${String(previous)} had not ended`
    if (session === 'lost' && wasOver) return 'lost, but there was nothing to lose'
    if (session === 'lost' && !wasDestroyed) return 'lost without a reason'
    previous = id
  }
  return undefined
}

/** The first thing that must hold at the end and does not. */
export const faultOf = (report: Report, current: string | undefined): string | undefined =>
  faultUp(report) ?? faultDown(report, current) ?? faultyVerdict(report)
