/** Ends a timer; harmless when it has already run. */
export type Cancel = () => void

/** The longest delay a timer keeps: a larger one overflows to 1 ms in browsers and Node alike. */
const MAX_DELAY = 2 ** 31 - 1

/** Milliseconds since the epoch. */
export const now = (): number => Date.now()

/**
 * Runs `task` once, `ms` milliseconds from now. `Infinity` means never. Timers are looked up when called, so that fake
 * timers installed later still hold.
 */
export const after = (ms: number, task: () => void): Cancel => {
  if (ms === Infinity) return () => {}
  const timer = setTimeout(task, Math.min(ms, MAX_DELAY))
  return () => clearTimeout(timer)
}

/** A sleeping machine stops its timers: no wait by the clock goes longer than this without a look at it. */
const LOOK_MS = 5_000

/** Runs `task` once when the clock says `time` (milliseconds since the epoch), soon after waking when that was slept through. */
export const at = (time: number, task: () => void): Cancel => {
  let cancel: Cancel
  let left = Math.max(0, time - now())
  const wait = () => {
    const look = Math.min(left, LOOK_MS)
    cancel = after(left === Infinity ? left : look, () => {
      // Whichever says so first: a clock that is set back must not make a wait longer.
      left = Math.min(left - look, time - now())
      if (left > 0) wait()
      else task()
    })
  }
  wait()
  return () => cancel()
}

/** Runs `task` when the code that is running now has ended, before anything else happens. */
export const soon = (task: () => void): void => queueMicrotask(task)
