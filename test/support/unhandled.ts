import { afterEach, beforeEach, expect } from '@jest/globals'

/** Lets every test of a file fail that leaves a rejection or an exception unhandled. To be called at the top of the file. */
export const failOnUnhandledErrors = (): void => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  })
  afterEach(async () => {
    // A rejection is reported once the microtasks are done: all of them have been after a turn of the event loop.
    await new Promise(setImmediate)
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
    // oxlint-disable-next-line jest/no-standalone-expect -- every test is to end without one
    expect(unhandled).toEqual([])
  })
}
