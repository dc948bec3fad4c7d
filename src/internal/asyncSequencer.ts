import { isPromiseLike, type MaybePromise } from './maybePromise.js'

/** Delivers values in the order in which they were pushed, although some of them are still promises. */
export interface AsyncSequencer {
  /** Delivers a value: synchronously when it is not a promise and nothing waits before it, else once everything before it was delivered. */
  readonly push: (
    value: MaybePromise<unknown>,
    onValue: (value: unknown) => void,
    onError: (error: unknown) => void,
    /** Counted by `bytes()` while the value waits. */
    bytes?: number,
  ) => void
  /** The number of values that wait. */
  readonly size: () => number
  /** The bytes of the values that wait. */
  readonly bytes: () => number
  /** Settles when everything that waits now has been delivered; `undefined` when nothing waits. */
  readonly pending: () => Promise<void> | undefined
  /** Delivers nothing of what waits now. */
  readonly cancelPending: () => void
}

/** Creates a sequencer. Values that had to wait are delivered through `enqueue`. */
export const createAsyncSequencer = (enqueue: (task: () => void) => void): AsyncSequencer => {
  let tail: Promise<void> | undefined
  let size = 0
  let totalBytes = 0
  let generation = 0
  return {
    push: (value, onValue, onError, bytes = 0) => {
      if (!tail && !isPromiseLike(value)) return onValue(value)
      const before = tail
      const pushedIn = generation
      // Handled at once: a rejection must not count as unhandled while it waits for the values before it.
      const delivery = Promise.resolve(value).then(
        (fulfilled) => () => {
          // An error of `onValue` must not stop the values behind it.
          try {
            onValue(fulfilled)
          } catch (error) {
            onError(error)
          }
        },
        (error: unknown) => () => onError(error),
      )
      const deliverInOrder = async () => {
        await before
        const deliver = await delivery
        if (pushedIn !== generation) return
        size--
        totalBytes -= bytes
        if (tail === mine) tail = undefined
        enqueue(deliver)
      }
      size++
      totalBytes += bytes
      const mine: Promise<void> = deliverInOrder()
      tail = mine
    },
    size: () => size,
    bytes: () => totalBytes,
    pending: () => tail,
    cancelPending: () => {
      generation++
      size = 0
      totalBytes = 0
      tail = undefined
    },
  }
}
