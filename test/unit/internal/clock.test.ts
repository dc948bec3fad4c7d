import { describe, expect, it, jest } from '@jest/globals'
import { after, at, now } from '../../../src/internal/clock.js'
import { START, useFakeTime } from '../../support/fakeTime.js'

const maxDelay = 2 ** 31 - 1

useFakeTime()

describe('after', () => {
  it('runs its task once, in time', () => {
    const task = jest.fn()
    after(100, task)
    jest.advanceTimersByTime(99)
    expect(task).not.toHaveBeenCalled()
    jest.advanceTimersByTime(10_000)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('can be cancelled, also too late or twice', () => {
    const task = jest.fn()
    const cancel = after(100, task)
    cancel()
    cancel()
    expect(jest.getTimerCount()).toBe(0)
    const tooLate = after(100, task)
    jest.advanceTimersByTime(100)
    tooLate()
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('never runs a task after Infinity, and keeps no timer', () => {
    const task = jest.fn()
    const cancel = after(Infinity, task)
    expect(jest.getTimerCount()).toBe(0)
    jest.advanceTimersByTime(maxDelay)
    cancel()
    expect(task).not.toHaveBeenCalled()
  })

  it.each([maxDelay, maxDelay + 1, 2 ** 32, 1e15, Number.MAX_VALUE])('does not overflow to 1 ms with %p', (ms) => {
    const task = jest.fn()
    const timer = jest.spyOn(globalThis, 'setTimeout')
    after(ms, task)
    expect(timer).toHaveBeenCalledWith(task, maxDelay)
    jest.advanceTimersByTime(maxDelay - 1)
    expect(task).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('uses the timers that exist when it is called', () => {
    jest.useRealTimers()
    const late = jest.spyOn(globalThis, 'setTimeout')
    after(10, () => {})()
    expect(late).toHaveBeenCalledTimes(1)
  })
})

describe('now', () => {
  it('returns milliseconds since the epoch', () => {
    expect(now()).toBe(START)
    jest.advanceTimersByTime(250)
    expect(now()).toBe(START + 250)
  })
})

describe('at', () => {
  const hour = 3_600_000

  it('runs its task once, at the given time of the clock', () => {
    const task = jest.fn()
    at(START + hour, task)
    jest.advanceTimersByTime(hour - 1)
    expect(task).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(task).toHaveBeenCalledTimes(1)
    jest.advanceTimersByTime(hour)
    expect(task).toHaveBeenCalledTimes(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('runs it soon after a machine has slept through that time', () => {
    const task = jest.fn()
    at(START + hour, task)
    jest.advanceTimersByTime(1_000)
    jest.setSystemTime(Date.now() + 2 * hour)
    jest.advanceTimersByTime(5_000)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('does not wait longer when the clock is set back', () => {
    const task = jest.fn()
    at(START + 10_000, task)
    jest.setSystemTime(1_000)
    jest.advanceTimersByTime(9_999)
    expect(task).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it.each([-Infinity, 0, START - 1, START])('runs it next, not at once, for a time in the past (%p)', (time) => {
    const task = jest.fn()
    at(time, task)
    expect(task).not.toHaveBeenCalled()
    jest.advanceTimersByTime(1)
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('never runs it for Infinity, and keeps no timer', () => {
    const cancel = at(Infinity, jest.fn())
    expect(jest.getTimerCount()).toBe(0)
    expect(cancel).not.toThrow()
  })

  it('can be cancelled at any time, also between two checks of the clock', () => {
    const task = jest.fn()
    const cancel = at(START + hour, task)
    jest.advanceTimersByTime(12_345)
    cancel()
    expect(jest.getTimerCount()).toBe(0)
    jest.advanceTimersByTime(2 * hour)
    expect(task).not.toHaveBeenCalled()
    expect(cancel).not.toThrow()
  })

  it('never has more than one timer', () => {
    const cancel = at(START + hour, jest.fn())
    for (let n = 0; n < 100; n++) {
      expect(jest.getTimerCount()).toBe(1)
      jest.advanceTimersByTime(7_777)
    }
    cancel()
  })
})
