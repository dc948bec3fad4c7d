import { after, now } from '../internal/clock.js'
import type { ServerProblem } from './types.js'

/** Reports a problem to the app. Never throws. */
export type Report = (problem: ServerProblem) => void

/** How many problems of one kind are reported in a second. The others are counted: clients can cause some of them as often as they like. */
const MAX_PER_SECOND = 20
const SECOND = 1_000

/** C0 and C1 controls, DEL, and what starts a line for some programs: a message may quote what a client has sent. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu

const escapeOne = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Escapes control characters, so that a text stays one line of a log and cannot command a terminal. */
export const escapeControls = (text: string): string => text.replace(CONTROLS, escapeOne)

/** Escapes control characters except line breaks. Each further line is indented, so that it does not look like a line of its own. */
export const escapeLines = (text: string): string => text.split('\n').map(escapeControls).join('\n    ')

interface Kind {
  startedAt: number
  count: number
  leftOut: number
  last: ServerProblem | undefined
}

const summaryOf = ({ code }: ServerProblem, { leftOut, last }: Kind): ServerProblem => ({
  code,
  message: `${leftOut} more problems of this kind were left out within a second. The last one: ${last?.message ?? ''}`,
})

/** Creates a report that passes on at most 20 problems of one code in a second, and then how many it has left out. */
export const createThrottledReport = (report: Report): Report => {
  const kinds = new Map<string, Kind>()
  const endSecond = (problem: ServerProblem, kind: Kind): void => {
    kinds.delete(problem.code)
    if (kind.leftOut > 0) report(summaryOf(problem, kind))
  }
  return (given) => {
    const problem: ServerProblem = { ...given, message: escapeControls(given.message) }
    const time = now()
    let kind = kinds.get(problem.code)
    if (!kind || Math.abs(time - kind.startedAt) >= SECOND) {
      if (kind) endSecond(problem, kind)
      kind = { startedAt: time, count: 0, leftOut: 0, last: undefined }
      kinds.set(problem.code, kind)
    }
    if (++kind.count <= MAX_PER_SECOND) return report(problem)
    const current = kind
    // It does not keep the process alive.
    if (++current.leftOut === 1)
      after(SECOND, () => kinds.get(problem.code) === current && endSecond(problem, current), true)
    current.last = problem
  }
}
