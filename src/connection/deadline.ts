import { at, type Cancel } from '../internal/clock.js'
import type { TaskQueue } from '../internal/taskQueue.js'

/** The one timer of a connection. At any time it waits for one thing: the retry, `connectTimeout`, `minUptime` or `closeTimeout`. */
export const createDeadline = ({ enqueue }: TaskQueue) => {
  let cancel: Cancel = () => {}
  let dueAt = Infinity
  return {
    /** Runs `task` at `time` (milliseconds since the epoch). Replaces the task before. */
    set: (time: number, task: () => void): void => {
      cancel()
      dueAt = time
      cancel = at(time, () => enqueue(task))
    },
    /** When the task is due. */
    dueAt: (): number => dueAt,
    clear: (): void => cancel(),
  }
}
