import { at, now, type Cancel } from '../internal/clock.js'
import { isOnline } from '../internal/environment.js'
import type { Turns } from '../internal/turns.js'

/** Wake-ups come in flocks: at most one hurried dial in so many milliseconds, and not all pages of a network at once. */
const HURRY_MS = 1_000
const HURRY_JITTER_MS = 250

/** The one wait a connection can be in: for the next attempt, for this one to succeed and then to hold, or for the peer to say goodbye. */
export interface Waiting {
  /** Waits for something else instead. */
  readonly until: (time: number, task: () => void) => void
  /** Waits `delay` milliseconds for the next attempt, or for the machine to come online. When that is due; `Infinity` is never by itself. */
  readonly forRetry: (delay: number, begin: () => void) => number
  /** Brings the next attempt forward, if that is worth it; when it is due then. `alone`: it is this page's hour, not that of a flock. */
  readonly hurry: (begin: () => void, alone: boolean) => number | undefined
  readonly stop: () => void
}

/** Creates it; what is waited for takes turns. */
export const createWaiting = (turns: Turns, random: () => number): Waiting => {
  let cancel: Cancel = () => {}
  let dueAt = Infinity
  /** When the next attempt would be due, had nothing come in between; `Infinity` leaves it to a command. */
  let plannedAt = Infinity
  let hurriedAt = -Infinity

  const until = (time: number, task: () => void) => {
    cancel()
    dueAt = time
    cancel = at(time, () => turns.queue(task))
  }
  return {
    until,
    forRetry: (delay, begin) => {
      plannedAt = now() + delay
      until(isOnline() ? plannedAt : Infinity, begin)
      return dueAt
    },
    hurry: (begin, alone) => {
      const jitter = alone ? 0 : Math.round(random() * HURRY_JITTER_MS)
      const time = Math.max(now(), Math.min(hurriedAt, now()) + HURRY_MS) + jitter
      if (!isOnline() || plannedAt === Infinity || time >= dueAt) return undefined
      until(time, () => {
        hurriedAt = now()
        begin()
      })
      return time
    },
    stop: () => cancel(),
  }
}
