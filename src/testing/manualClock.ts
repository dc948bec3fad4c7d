import { now as platformNow, setTestClock, testClock } from '../internal/clock.js'
import { createLoopLog } from '../internal/loopLog.js'
import { activity } from './activity.js'
import { track } from './leftOpen.js'
import { installedTimers, settlePromises, settleTasks, type RunnerTimers } from './runnerTimers.js'

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
   * @throws an Error for another step, and once the clock was restored or replaced; also when no attempt follows within a day of the clock, or within 500 timers while no connection waits to reconnect,
   * and when no heartbeat follows within 500 timers
   */
  readonly advance: (step: ClockStep) => Promise<void>
  /** Returns to the platform's clock. Timers that wait never run. */
  readonly restore: () => void
}

/** How far `advance` looks for an event, in milliseconds. */
const FARTHEST = 24 * 60 * 60 * 1_000

/** How many timers `advance` runs while no event can follow: the heartbeats of an open connection never end. */
const MOST_TIMERS = 500

const log = createLoopLog()

/** Moves a clock from one timer to the next. */
interface Timers {
  /** Whether the timers are those of the library only. */
  readonly isOwn: boolean
  readonly now: () => number
  readonly pending: () => number
  /** Lets so much time pass. */
  readonly tick: (ms: number) => Promise<void>
  /** Runs the next timer. */
  readonly runNext: () => Promise<void>
  /** Describes why the timers no longer move the library; `undefined` while they do. */
  readonly findEnd: () => string | undefined
  /** @param by the call that restores the clock */
  readonly restore: (by: string) => void
}

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** Runs the task of a timer, and lets what it has started settle. */
const runTimer = async (task: () => void): Promise<void> => {
  const { loopSteps } = log
  const { uses } = activity
  task()
  await settlePromises()
  // A reconnect loop waits for timers of the platform; a codec or the answer to a message may need one.
  await settleTasks(log.loopSteps === loopSteps ? Number(activity.uses !== uses) : undefined)
}

/** Timers of the library only: those of the app, of the runner and of its tools are not touched. */
const createOwnTimers = (start: number): Timers => {
  let time = start
  let restoredBy: string | undefined
  const timers: Timer[] = []
  const runFirst = async () => {
    const timer = timers.shift()
    if (!timer) return
    time = Math.max(time, timer.at)
    await runTimer(timer.task)
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
    isOwn: true,
    now: clock.now,
    pending: () => timers.length,
    tick: async (ms) => {
      await settleTasks()
      const end = time + ms
      const isDue = () => (timers[0]?.at ?? Infinity) <= end
      /* oxlint-disable no-await-in-loop */
      while (isDue()) {
        while (isDue()) await runFirst()
        await settleTasks()
      }
      /* oxlint-enable no-await-in-loop */
      time = end
    },
    runNext: runFirst,
    findEnd: () => {
      if (testClock() === clock) return undefined
      return `this clock was ${restoredBy ? `restored by ${restoredBy}` : 'replaced by another call of manualClock()'}`
    },
    restore: (by) => {
      if (testClock() !== clock) return
      restoredBy = by
      setTestClock(undefined)
    },
  }
}

/** The fake timers of the runner, so that there is one clock. */
const createRunnerTimers = (timers: RunnerTimers): Timers => ({
  isOwn: false,
  now: () => timers.now,
  pending: () => timers.countTimers(),
  tick: async (ms) => {
    await timers.tickAsync(ms)
  },
  runNext: async () => {
    await timers.nextAsync()
  },
  findEnd: () =>
    installedTimers() === timers ? undefined : 'the fake timers that this clock moves are no longer installed',
  restore: () => {},
})

const events = {
  backoff: {
    count: () => activity.attempts,
    expected: __DEV__ ? 'a connection that waits to reconnect' : '',
    advice: __DEV__ ? 'Heartbeats of an open connection do not count: let the server cut or close it first.' : '',
  },
  heartbeat: {
    count: () => activity.uses,
    expected: __DEV__ ? 'an open connection with a heartbeat' : '',
    advice: __DEV__ ? 'Set the option heartbeat, and open a connection first.' : '',
  },
}

const advanceTo = async (timers: Timers, step: keyof typeof events): Promise<void> => {
  const { count, expected, advice } = events[step]
  const isComing = () => step === 'backoff' && log.waiting.size > 0
  await settleTasks()
  const before = count()
  const end = timers.now() + FARTHEST
  let left = MOST_TIMERS
  while (count() === before) {
    if (timers.pending() === 0 || timers.now() > end || left === 0) {
      const got = __DEV__ && isComing() ? 'one that waits for more than a day, or not for a timer' : 'none'
      throw new Error(
        `clock.advance('${step}'): expected ${expected}, got ${got}: ${timers.pending()} timers wait. ${advice}`,
      )
    }
    if (!isComing()) left--
    // oxlint-disable-next-line no-await-in-loop
    await timers.runNext()
  }
  await settleTasks()
}

const advance = async (timers: Timers, step: ClockStep): Promise<void> => {
  const end = timers.findEnd()
  if (end) throw new Error(`clock.advance: ${end}. Call manualClock() in each test, before the store connects.`)
  if (step === 'backoff' || step === 'heartbeat') return await advanceTo(timers, step)
  if (!Number.isFinite(step) || step < 0) {
    throw new Error(`clock.advance: expected milliseconds from 0 on, 'backoff' or 'heartbeat', got ${step}.`)
  }
  await timers.tick(step)
}

const findTimers = (now: number): Timers => {
  const installed = installedTimers()
  if (installed) return createRunnerTimers(installed)
  if (__DEV__) return createOwnTimers(now)
  throw new Error("manualClock needs the development build of reduplex: expected NODE_ENV 'test', got 'production'.")
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
  const timers = findTimers(now)
  const findOpen = () => {
    const count = timers.isOwn ? timers.pending() : 0
    return count === 0 ? [] : [`${count} timers of the manual clock: a store that is open or waits to reconnect`]
  }
  track(findOpen, () => timers.restore('expectAllClosed()'))
  return {
    now: timers.now,
    pending: timers.pending,
    advance: async (step) => await advance(timers, step),
    restore: () => timers.restore('clock.restore()'),
  }
}
