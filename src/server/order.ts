import { isPromise } from './problems.js'

/** Takes values in the order in which they are given, also those that are still to come. */
export interface Order<Value> {
  /** Calls `run` at once when the value is there and none waits before it. */
  readonly add: (value: Value | PromiseLike<Value>) => void
  /** How many wait. */
  readonly size: () => number
  /** Runs the task once those that wait now are through: at once when there are none. */
  readonly afterwards: (task: () => void) => void
}

/** Creates an empty order. `run` and `fail` must not throw; `fail` is told what a promise rejects with, and the next one follows. */
export const createOrder = <Value>(run: (value: Value) => void, fail: (error: unknown) => void): Order<Value> => {
  let size = 0
  let last = Promise.resolve()
  const settle = async (value: Value | PromiseLike<Value>, before: Promise<void>): Promise<void> => {
    const [outcome] = await Promise.allSettled([value])
    await before
    size--
    if (outcome.status === 'fulfilled') run(outcome.value)
    else fail(outcome.reason)
  }
  return {
    add: (value) => {
      if (size === 0 && !isPromise(value)) return run(value)
      size++
      last = settle(value, last)
    },
    size: () => size,
    afterwards: (task) => {
      if (size === 0) task()
      else void last.then(task)
    },
  }
}
