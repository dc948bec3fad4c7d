/** Work that takes turns: what is asked for from inside a piece of work is served after it. */
export interface Turns {
  /** Runs `task` now, or, when other work is under way, after it. */
  readonly queue: (task: () => void) => void
  /** Runs `task` now in any case; what it queues waits for its end. */
  readonly now: <Result>(task: () => Result) => Result
}

/** Creates turns. What a queued task throws is thrown again once all have been served. */
export const createTurns = (): Turns => {
  const waiting: (() => void)[] = []
  let depth = 0
  const serve = () => {
    const slips: unknown[] = []
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        next()
      } catch (error) {
        slips.push(error)
      }
    }
    depth--
    if (slips.length) throw slips[0]
  }
  const now = <Result>(task: () => Result): Result => {
    depth++
    try {
      return task()
    } finally {
      // The outermost piece of work serves the queue, itself still counting as under way.
      if (depth === 1) serve()
      else depth--
    }
  }
  return {
    now,
    queue: (task) => {
      if (depth) waiting.push(task)
      else now(task)
    },
  }
}
