/** Runs tasks one after the other: a task that is enqueued from inside a task runs after it. */
export interface TaskQueue {
  /** Runs `task` now, or after the task under way; with an argument, so that code that every message passes needs no closure. */
  readonly enqueue: <Argument = undefined>(task: (argument: Argument) => void, argument?: Argument) => void
  /** Runs `task` now; what it enqueues runs after it. */
  readonly run: <Result>(task: () => Result) => Result
  /** The two halves of `run`, for code that every send passes: what comes between them is a task. `leave` must be called in a `finally`. */
  readonly enter: () => void
  readonly leave: () => void
}

/** Creates a task queue. An error of an enqueued task is thrown once all tasks have run. */
export const createTaskQueue = (): TaskQueue => {
  const waiting: (() => void)[] = []
  let depth = 0
  const drain = () => {
    const errors: unknown[] = []
    while (waiting.length) {
      try {
        waiting.shift()!()
      } catch (error) {
        errors.push(error)
      }
    }
    depth--
    if (errors.length) throw errors[0]
  }
  const enter = () => {
    depth++
  }
  const leave = () => {
    // The outermost task drains the queue while it still counts as running.
    if (depth === 1 && waiting.length) drain()
    else depth--
  }
  const run = <Result, Argument>(task: (argument: Argument) => Result, argument?: Argument): Result => {
    enter()
    try {
      return task(argument as never)
    } finally {
      leave()
    }
  }
  return {
    run,
    enter,
    leave,
    enqueue: (task, argument) => {
      if (depth) waiting.push(() => task(argument as never))
      else run(task, argument)
    },
  }
}
