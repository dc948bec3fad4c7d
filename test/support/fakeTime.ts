import { beforeEach, jest } from '@jest/globals'
// Its checks after a test end fake time.
// oxlint-disable-next-line import/no-unassigned-import
import './leaks.js'

/** When every test on fake time starts, in milliseconds since the epoch. */
export const START = 1_000_000

/** Fakes timers and the date in every test of a file. Microtasks stay real, so that promises settle between two timers. */
export const useFakeTime = ({ performance = false } = {}): void => {
  beforeEach(() => {
    const real = ['nextTick', 'queueMicrotask', 'setImmediate'] as const
    jest.useFakeTimers({ now: START, doNotFake: performance ? [...real] : [...real, 'performance'] })
  })
}

/** Lets time pass on the fake clock, and everything happen that happens meanwhile. */
export const advanceTime = async (ms = 0): Promise<void> => {
  await jest.advanceTimersByTimeAsync(ms)
}
