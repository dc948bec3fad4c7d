import { configureStore } from '@reduxjs/toolkit'
import { afterEach, beforeEach, jest } from '@jest/globals'
import { socketReducer } from '../../../src/index.js'
import { happens } from '../../support/reactApp.js'

/** Fakes the clock of the tests of a suite; `reset` runs before each of them. */
export const useFakeClock = (reset: () => void): void => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['queueMicrotask', 'nextTick'] })
    reset()
  })
  afterEach(() => {
    jest.useRealTimers()
  })
}

export const advance = (ms: number): Promise<void> => happens(() => jest.advanceTimersByTime(ms))

/** A store without the middleware, which would correct what the events of a test say. */
export const createEventStore = () =>
  configureStore({
    reducer: { socket: socketReducer },
    enhancers: (defaults) => defaults({ autoBatch: false }),
  })
