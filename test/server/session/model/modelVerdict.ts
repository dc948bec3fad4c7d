import type { Report } from './modelWorld.js'

// What must be true at the end of a run. Each function returns the first thing that is not.

const problemWithHandled = ({ handled }: Report): string | undefined => {
  const seen = new Set<string>()
  let last = 0
  for (const message of handled) {
    if (seen.has(message)) return `${message} is handled twice`
    seen.add(message)
    const order = Number(message.slice(1))
    if (order < last) return `${message} is handled after a later one`
    last = order
  }
  return undefined
}

const problemWithAccepted = ({ accepted, acknowledged, reported, handled }: Report): string | undefined => {
  const seen = new Set(handled)
  for (const id of accepted) {
    if (acknowledged.has(id) && !seen.has(id)) return `${id} is acknowledged and was never handled`
    if (acknowledged.has(id) && reported.has(id)) return `${id} is acknowledged and reported`
    if (!acknowledged.has(id) && !reported.has(id)) return `${id} is neither acknowledged nor reported`
    if (reported.get(id) === 'overflow' && seen.has(id)) return `${id} is handled and reported as overflow`
  }
  return undefined
}

const problemWithDelivered = ({ said, delivered, ended }: Report, current: string | undefined): string | undefined => {
  for (const [id, got] of delivered) {
    const expected = said.get(id) ?? []
    if (got.some((message, index) => message !== expected[index]))
      return `session ${id}: got ${got.join()} of ${expected.join()}`
  }
  for (const [id, expected] of said) {
    const got = delivered.get(id) ?? []
    if ((id === current || ended.has(id)) && got.length !== expected.length)
      return `session ${id} is whole by its verdict, but got ${got.join()} of ${expected.join()}`
  }
  return undefined
}

const problemWithVerdicts = ({ verdicts, ended, wasDestroyed }: Report): string | undefined => {
  let previous: string | undefined
  for (const { session, id } of verdicts) {
    const wasOver = previous === undefined || ended.has(previous)
    if (session === 'resumed' && id !== previous) return `resumed ${id}, but had ${previous}`
    if (session === 'new' && !wasOver) return `a new session, but ${previous} had not ended`
    if (session === 'lost' && wasOver) return 'lost, but there was nothing to lose'
    if (session === 'lost' && !wasDestroyed) return 'lost without a reason'
    previous = id
  }
  return undefined
}

/** The first thing that is wrong with a run; `undefined` when all is right. */
export const findProblem = (report: Report, current: string | undefined): string | undefined =>
  problemWithHandled(report) ??
  problemWithAccepted(report) ??
  problemWithDelivered(report, current) ??
  problemWithVerdicts(report)
