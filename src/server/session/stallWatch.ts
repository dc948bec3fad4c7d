import { after, monotonicNow, now, type Cancel } from '../../internal/clock.js'

/** Notices that the event loop stood still: the process was suspended, the machine slept, or code ran for too long. */
export interface StallWatch {
  /** Whether it stood still since the last call. Asked before frames are read: after a sleep they come before timers. */
  readonly check: () => boolean
  readonly stop: () => void
}

/** The time in which another process may have taken a session over, because this one did not answer. */
const MAX_STALL = 500
const TICK = 100

/** Starts to watch the event loop. Its timer does not keep the process alive. */
export const createStallWatch = (): StallWatch => {
  // Two clocks: one stands still while the machine sleeps, the other can be set.
  let last = { time: now(), monotonic: monotonicNow() }
  let hasStalled = false
  let cancel: Cancel
  const look = (): void => {
    const next = { time: now(), monotonic: monotonicNow() }
    hasStalled ||= Math.max(next.time - last.time, next.monotonic - last.monotonic) > MAX_STALL + TICK
    last = next
  }
  const tick = (): void => {
    look()
    cancel = after(TICK, tick, true)
  }
  tick()
  return {
    check: () => {
      look()
      const result = hasStalled
      hasStalled = false
      return result
    },
    stop: () => cancel(),
  }
}
