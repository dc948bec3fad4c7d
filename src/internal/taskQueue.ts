/** Runs tasks one after the other: a task that is enqueued from inside a task runs after it. */
export interface TaskQueue {
  /** Runs `task` now, or after the task under way. */
  readonly enqueue: (task: () => void) => void
  /** Runs `task` now; what it enqueues runs after it. */
  readonly run: <Result>(task: () => Result) => Result
}

/** Creates a task queue. An error of an enqueued task is thrown once all tasks have run. */
export const createTaskQueue = (): TaskQueue => {
  const waiting: (() => void)[] = []
  let depth = 0
  const drain = () => {
    const errors: unknown[] = []
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        next()
      } catch (error) {
        errors.push(error)
      }
    }
    depth--
    if (errors.length) throw errors[0]
  }
  const run = <Result>(task: () => Result): Result => {
    depth++
    try {
      return task()
    } finally {
      // The outermost task drains the queue while it still counts as running.
      if (depth === 1) drain()
      else depth--
    }
  }
  return {
    run,
    enqueue: (task) => {
      if (depth) waiting.push(task)
      else run(task)
    },
  }
}
