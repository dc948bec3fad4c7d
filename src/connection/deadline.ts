import { at, type Cancel } from '../internal/clock.js'

/** A timer for one task at a time. */
export interface Deadline {
  /** Runs `task` at `time` (milliseconds since the epoch). Replaces the task before. `onMoved`: see `at`. */
  readonly set: (time: number, task: () => void, onMoved?: (time: number) => void) => void
  /** When the task is due. */
  readonly dueAt: () => number
  readonly clear: () => void
}

/** Creates the timer. Its tasks go through `enqueue`. */
export const createDeadline = ({ enqueue }: { readonly enqueue: (task: () => void) => void }): Deadline => {
  let cancel: Cancel = () => {}
  let dueAt = Infinity
  return {
    set: (time, task, onMoved) => {
      cancel()
      dueAt = time
      cancel = at(
        time,
        () => enqueue(task),
        (moved) => onMoved?.((dueAt = moved)),
      )
    },
    dueAt: () => dueAt,
    clear: () => cancel(),
  }
}
