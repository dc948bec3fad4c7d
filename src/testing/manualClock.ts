import { now as platformNow, setTestClock, testClock } from '../internal/clock.js'
import { activity } from './activity.js'
import { track } from './leftOpen.js'
import { installedTimers, settleTasks, type RunnerTimers } from './runnerTimers.js'

/** How far {@link ManualClock.advance} goes: so many milliseconds, or to the next event of a kind. */
export type ClockStep = number | 'backoff' | 'heartbeat'

/** The options of {@link manualClock}. */
export interface ManualClockOptions {
  /** The time at the start, in milliseconds since the epoch. Ignored while fake timers of jest or vitest are installed. @default the current time */
  readonly now?: number
}

/** A clock that only a test moves. */
export interface ManualClock {
  /** The time in milliseconds since the epoch. */
  readonly now: () => number
  /** The number of timers that wait. */
  readonly pending: () => number
  /**
   * Lets time pass, and everything happen that happens meanwhile. `'backoff'` goes to the next connection attempt on a fake server, `'heartbeat'` to the next
   * time that a timer makes a client send a message or close its socket: a heartbeat, or the end of the wait for its answer.
   * @throws an Error when no attempt or no heartbeat follows within a day of the clock
   */
  readonly advance: (step: ClockStep) => Promise<void>
  /** Returns to the platform's clock. Timers that wait never run. */
  readonly restore: () => void
}

/** How far `advance` looks for an event, in milliseconds. */
const FARTHEST = 24 * 60 * 60 * 1_000

/** Moves a clock from one timer to the next. */
interface Timers {
  readonly now: () => number
  readonly pending: () => number
  /** Lets so much time pass. */
  readonly tick: (ms: number) => Promise<void>
  /** Runs the next timer. */
  readonly runNext: () => Promise<void>
  readonly restore: () => void
}

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** Timers of the library only: those of the app, of the runner and of its tools are not touched. */
const createOwnTimers = (start: number): Timers => {
  let time = start
  const timers: Timer[] = []
  const runFirst = async () => {
    const timer = timers.shift()
    if (!timer) return
    time = Math.max(time, timer.at)
    timer.task()
    await settleTasks()
  }
  const clock = {
    now: () => time,
    after: (ms: number, task: () => void) => {
      const timer = { at: time + Math.max(0, ms), task }
      const index = timers.findIndex(({ at }) => at > timer.at)
      timers.splice(index < 0 ? timers.length : index, 0, timer)
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1)
      }
    },
  }
  setTestClock(clock)
  return {
    now: clock.now,
    pending: () => timers.length,
    tick: async (ms) => {
      await settleTasks()
      const end = time + ms
      // oxlint-disable-next-line no-await-in-loop
      while (timers[0] && timers[0].at <= end) await runFirst()
      time = end
    },
    runNext: runFirst,
    restore: () => {
      if (testClock() === clock) setTestClock(undefined)
    },
  }
}

/** The fake timers of the runner, so that there is one clock. */
const createRunnerTimers = (timers: RunnerTimers): Timers => ({
  now: () => timers.now,
  pending: () => timers.countTimers(),
  tick: async (ms) => {
    await timers.tickAsync(ms)
  },
  runNext: async () => {
    await timers.nextAsync()
  },
  restore: () => {},
})

const eventOf = {
  backoff: { count: () => activity.attempts, what: 'a connection that waits to reconnect' },
  heartbeat: { count: () => activity.uses, what: 'an open connection with a heartbeat' },
}

const advanceTo = async (timers: Timers, step: 'backoff' | 'heartbeat'): Promise<void> => {
  const { count, what } = eventOf[step]
  await settleTasks()
  const before = count()
  const end = timers.now() + FARTHEST
  while (count() === before) {
    if (timers.pending() === 0 || timers.now() > end) {
      throw new Error(`clock.advance('${step}'): expected ${what}, got none: ${timers.pending()} timers wait.`)
    }
    // oxlint-disable-next-line no-await-in-loop
    await timers.runNext()
  }
  await settleTasks()
}

/**
 * Puts a clock that only the test moves in place of the platform's, for this library alone: its timers and its dates. Timers of the app and of the test runner
 * stay real. While fake timers of jest or vitest are installed, it moves those instead. Needs the development build, as tests use it.
 * See docs/testing.md#the-clock.
 * @example
 * const clock = manualClock()
 * await server.cut()
 * await clock.advance('backoff')
 */
export const manualClock = ({ now = platformNow() }: ManualClockOptions = {}): ManualClock => {
  const installed = installedTimers()
  if (!installed && !__DEV__) {
    throw new Error("manualClock needs the development build of reduplex: expected NODE_ENV 'test', got 'production'.")
  }
  const timers = installed ? createRunnerTimers(installed) : createOwnTimers(now)
  const { restore } = timers
  const findOpen = () => {
    const count = installed ? 0 : timers.pending()
    return count === 0 ? [] : [`${count} timers of the manual clock: a store that is open or waits to reconnect`]
  }
  track(findOpen, restore)
  return {
    now: timers.now,
    pending: timers.pending,
    advance: async (step) => await (typeof step === 'number' ? timers.tick(step) : advanceTo(timers, step)),
    restore,
  }
}
