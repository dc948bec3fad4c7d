import { afterEach, beforeEach, expect, jest } from '@jest/globals'
import { SLOW_CHECKS } from './slowChecks.js'
import { buildStore, type BuiltStore, type StoreOptions } from './buildStore.js'

export type { StoreOptions } from './buildStore.js'
export type TestStore = BuiltStore

const stores: BuiltStore[] = []
const printed: string[] = []

/** What development prints of a callback of the app that threw. Tests expect the `socketError` that comes with it. */
const CALLBACK = /^reduplex: ".+" threw: /

const callbackErrors: unknown[] = []

beforeEach(() => {
  printed.length = 0
  callbackErrors.length = 0
  for (const method of ['error', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      const text = args.map(String).join(' ')
      if (method === 'error' && CALLBACK.test(text)) callbackErrors.push(args[1])
      else if (!SLOW_CHECKS.test(text)) printed.push(`console.${method}: ${text}`)
    })
  }
})

afterEach(() => {
  const hanging = stores.map((store) => store.pending()).filter((report) => report !== null)
  for (const store of stores.splice(0)) store.socket.dispose()
  // RTK's checks print, and so does the library in its last resort.
  expect({ printed: printed.splice(0), hanging }).toEqual({ printed: [], hanging: [] })
})

/** What was printed on console.error and console.warn so far, taken: a test that expects it asks for it here. */
export const takePrinted = (): string[] => printed.splice(0)

/** The errors of the app's callbacks that were printed so far, with their stacks, taken. */
export const takeCallbackErrors = (): unknown[] => callbackErrors.splice(0)

/**
 * A store with the socket in it, disposed after the test. The test fails when RTK's checks print anything, and names
 * what was still waited for when it ended.
 */
export const createTestStore = (options: StoreOptions = {}): TestStore => {
  const store = buildStore(options)
  stores.push(store)
  return store
}
