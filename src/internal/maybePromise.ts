import { memberOf } from './errors.js'

/** A value, or a promise of it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>

/** Whether `value` has a `then` method. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && typeof memberOf(value, 'then') === 'function'

/** Handles the rejection of a promise that nobody awaits. Returns whether `value` is a promise. */
export const ignoreRejection = (value: unknown): boolean => {
  if (!isPromiseLike(value)) return false
  value.then(undefined, () => {})
  return true
}

/** Calls `next` with the value: synchronously when it is there, else once the promise is fulfilled. */
export const mapMaybePromise = <Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
  // oxlint-disable-next-line promise/no-callback-in-promise -- the result is returned
): MaybePromise<Result> => (isPromiseLike(value) ? value.then(next) : next(value))
