import { at, type Cancel } from '../internal/clock.js'
import type { TaskQueue } from '../internal/taskQueue.js'

/** The one timer of a connection. At any time it waits for one thing: the retry, `connectTimeout`, `minUptime` or `closeTimeout`. */
export interface Deadline {
  /** Runs `task` at `time` (milliseconds since the epoch). Replaces the task before. */
  readonly set: (time: number, task: () => void) => void
  /** When the task is due. */
  readonly dueAt: () => number
  readonly clear: () => void
}

/** Creates the timer of one connection. */
export const createDeadline = ({ enqueue }: TaskQueue): Deadline => {
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
