/** Cancels a timer. Has no effect once it has run. */
export type Cancel = () => void

/** One frame of a 60 Hz screen, in milliseconds. */
export const FRAME_MS = 16

/** The longest delay of a timer, in milliseconds: a larger one overflows to 1 ms in browsers and Node. */
const MAX_DELAY = 2 ** 31 - 1

/** The clock that a test has put in place of the platform's: `manualClock()` of `reduplex/testing`. */
export interface TestClock {
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
  /** Runs `task` once, in `ms` milliseconds. Returns a function that cancels it. */
  readonly after: (ms: number, task: () => void) => () => void
}

/** Returns what `reduplex/testing` keeps for all copies of the library, the ESM and the CommonJS one. Development only: called under `__DEV__`. */
export const findTestValue = (key: string): unknown => Reflect.get(globalThis, `@@reduplex/${key}`)

/** Keeps a value for all copies of the library; `undefined` removes it. */
export const keepTestValue = (key: string, value: unknown): void => {
  Reflect.set(globalThis, `@@reduplex/${key}`, value)
}

/** The clock of a test; `undefined` without one. Development only: called under `__DEV__`. */
export const testClock = (): TestClock | undefined => findTestValue('clock') as TestClock | undefined

/** Puts a test clock in place, or with `undefined` the platform's again. */
export const setTestClock = (clock: TestClock | undefined): void => keepTestValue('clock', clock)

/** Milliseconds since the epoch. */
export const now = (): number => ((__DEV__ && testClock()) || Date).now()

/** A time in milliseconds since the epoch as ISO 8601 text, in UTC. */
export const toIsoTime = (time: number): string => new Date(time).toISOString()

/** Milliseconds of a clock that is never set, for the time between two events of one page. */
export const monotonicNow = (): number => ((__DEV__ && testClock()) || performance).now()

/**
 * Runs `task` once, in `ms` milliseconds; `Infinity` is never. Timers are looked up when called, so that fake timers installed later work.
 * A timer that is `weak` does not keep Node running.
 */
export const after = (ms: number, task: () => void, weak?: boolean): Cancel => {
  if (ms === Infinity) return () => {}
  if (__DEV__) {
    const clock = testClock()
    if (clock) return clock.after(Math.min(ms, MAX_DELAY), task)
  }
  const timer = setTimeout(task, Math.min(ms, MAX_DELAY))
  // A number in browsers.
  if (weak) (timer as { readonly unref?: () => void }).unref?.()
  return () => clearTimeout(timer)
}

/** Timers stop while the device sleeps: the clock is read at least this often, in milliseconds. */
const LOOK_MS = 5_000

/**
 * Runs `task` once at `time` (milliseconds since the epoch); soon after the device wakes up, when that was while it slept. `onMoved` gets the time on a
 * clock that was set back meanwhile, `LOOK_MS` later at most.
 */
export const at = (time: number, task: () => void, onMoved?: (time: number) => void): Cancel => {
  let cancel: Cancel
  let left = Math.max(0, time - now())
  const wait = () => {
    const look = Math.min(left, LOOK_MS)
    cancel = after(left === Infinity ? left : look, () => {
      // The timer or the clock, whichever is first: a clock that is set back must not make the wait longer.
      left = Math.min(left - look, time - now())
      if (left <= 0) return task()
      // A timer may be a little early.
      if (time - now() > left + FRAME_MS) onMoved?.((time = now() + left))
      wait()
    })
  }
  wait()
  return () => cancel()
}
