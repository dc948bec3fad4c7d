import { at, type Cancel } from '../internal/clock.js'

/** A timer for one task at a time. */
export interface Deadline {
  /** Runs `task` at `time` (milliseconds since the epoch). Replaces the task before. */
  readonly set: (time: number, task: () => void) => void
  /** When the task is due. */
  readonly dueAt: () => number
  readonly clear: () => void
}

/** Creates the timer. Its tasks go through `enqueue`. */
export const createDeadline = ({ enqueue }: { readonly enqueue: (task: () => void) => void }): Deadline => {
  let cancel: Cancel = () => {}
  let dueAt = Infinity
  return {
    set: (time, task) => {
      cancel()
      dueAt = time
      cancel = at(time, () => enqueue(task))
    },
    dueAt: () => dueAt,
    clear: () => cancel(),
  }
}
