import { after, now } from '../internal/clock.js'
import type { ServerProblem } from './types.js'

/** Reports a problem to the app. Never throws. */
export type Report = (problem: ServerProblem) => void

/** How many problems of one kind are reported in a second. The others are counted: clients can cause some of them as often as they like. */
const MAX_PER_SECOND = 20
const SECOND = 1_000

/** C0 and C1 controls, DEL, what starts a line for some programs, and what changes the direction of text: a message may quote what a client has sent. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

const escapeOne = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Escapes control characters, so that a text stays one line of a log and cannot command a terminal. */
export const escapeControls = (text: string): string => text.replace(CONTROLS, escapeOne)

/** Escapes control characters except line breaks. Each further line is indented, so that it does not look like a line of its own. */
export const escapeLines = (text: string): string => text.split('\n').map(escapeControls).join('\n    ')

interface Kind<Item> {
  startedAt: number
  count: number
  leftOut: number
  last: Item | undefined
}

/**
 * Creates a function that passes on at most 20 items of one kind in a second, and then how many it has left out. `summarize` creates the item for that
 * from the last one that was left out.
 */
export const createThrottle = <Item extends { readonly message: string }>(
  kindOf: (item: Item) => string,
  pass: (item: Item) => void,
  summarize: (last: Item, leftOut: number) => Item,
): ((item: Item) => void) => {
  const kinds = new Map<string, Kind<Item>>()
  const endSecond = (name: string, { leftOut, last }: Kind<Item>): void => {
    kinds.delete(name)
    if (last) pass(summarize(last, leftOut))
  }
  return (given) => {
    const item: Item = { ...given, message: escapeControls(given.message) }
    const name = kindOf(item)
    const time = now()
    let kind = kinds.get(name)
    if (!kind || Math.abs(time - kind.startedAt) >= SECOND) {
      if (kind) endSecond(name, kind)
      kind = { startedAt: time, count: 0, leftOut: 0, last: undefined }
      kinds.set(name, kind)
    }
    if (++kind.count <= MAX_PER_SECOND) return pass(item)
    const current = kind
    // It does not keep the process alive.
    if (++current.leftOut === 1) after(SECOND, () => kinds.get(name) === current && endSecond(name, current), true)
    current.last = item
  }
}

/** Creates a report that passes on at most 20 problems of one code in a second, and then how many it has left out. */
export const createThrottledReport = (report: Report): Report =>
  createThrottle(
    ({ code }) => code,
    report,
    ({ code, message }, leftOut) => ({
      code,
      message: `${leftOut} more problems of this kind were left out within a second. The last one: ${message}`,
    }),
  )
