/** A value that may still be on its way. */
export type Eventual<Value> = Value | PromiseLike<Value>

/** Whether a value is still on its way. */
export const isPending = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/** Goes on with a value: at once when it is there, later when it is on its way. */
export const andThen = <Value, Result>(
  value: Eventual<Value>,
  next: (value: Value) => Eventual<Result>,
): Eventual<Result> =>
  // oxlint-disable-next-line promise/no-callback-in-promise -- what comes of it is given back
  isPending(value) ? value.then(next) : next(value)

/** Keeps values in their order, though some of them are still on their way. */
export interface Lane {
  /** Passes a value on: at once when it is there and nothing is before it, else in its turn. */
  readonly pass: (
    value: Eventual<unknown>,
    done: (value: unknown) => void,
    failed: (error: unknown) => void,
    /** What it weighs while it waits. */
    weight?: number,
  ) => void
  /** How many wait. */
  readonly waiting: () => number
  /** What they weigh together. */
  readonly weight: () => number
  /** Settles when all that waits now has been passed on; `undefined` when nothing does. */
  readonly pending: () => Promise<void> | undefined
  /** Passes nothing on of what waits now. */
  readonly forget: () => void
}

/** Creates a lane. What waited is passed on through `inTurn`. */
export const createLane = (inTurn: (task: () => void) => void): Lane => {
  let tail: Promise<void> | undefined
  let waiting = 0
  let weight = 0
  let forgets = 0
  return {
    pass: (value, done, failed, own = 0) => {
      if (!tail && !isPending(value)) return done(value)
      const before = tail
      const generation = forgets
      // Heard at once, for a rejection must not go unhandled while it waits for those before it.
      const outcome = Promise.resolve(value).then(
        (there) => () => {
          // What it throws must not hold up those behind.
          try {
            // oxlint-disable-next-line promise/no-callback-in-promise -- called outside of it, in its turn
            done(there)
          } catch (error) {
            failed(error)
          }
        },
        (error: unknown) => () => failed(error),
      )
      const turn = async () => {
        await before
        const tell = await outcome
        if (generation !== forgets) return
        waiting--
        weight -= own
        if (tail === mine) tail = undefined
        inTurn(tell)
      }
      waiting++
      weight += own
      const mine: Promise<void> = turn()
      tail = mine
    },
    waiting: () => waiting,
    weight: () => weight,
    pending: () => tail,
    forget: () => {
      forgets++
      waiting = 0
      weight = 0
      tail = undefined
    },
  }
}
