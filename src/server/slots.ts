/** Runs a bounded number of tasks at a time. The others wait, first in, first out. */
export interface Slots {
  /** Runs the task now, or when another has ended. */
  readonly run: <Result>(task: () => Result | PromiseLike<Result>) => Promise<Result>
  /** Whether no task runs or waits. */
  readonly isEmpty: () => boolean
}

/** Creates `count` slots. */
export const createSlots = (count: number): Slots => {
  const waiting: (() => void)[] = []
  let running = 0
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  return {
    run: async (task) => {
      if (running < count) running++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await task()
      } finally {
        leave()
      }
    },
    isEmpty: () => running === 0,
  }
}
