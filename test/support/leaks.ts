import { afterEach, beforeEach, expect, jest } from '@jest/globals'
import { EARLY_SEND } from './earlySend.js'
import { SLOW_CHECKS } from './slowChecks.js'

// The checks after every test of a file that imports this one: no timer, live socket, listener of the page or hanging wait is left behind, and nothing
// unexpected was printed.

/** Something that a test sets up and that must not outlive it. */
export interface Disposable {
  readonly dispose?: () => void
  /** What is still waited for; `null` when nothing is. */
  readonly pending?: () => string | null
  /** Sockets that are still connecting or open. */
  readonly live?: () => number
  /** Listeners that are still on the page, by type. */
  readonly listeners?: () => Readonly<Record<string, number>>
  /** A fault that only shows at the end. */
  readonly fault?: () => string | null
  /** Called after the checks. */
  readonly restore?: () => void
}

const disposables: Disposable[] = []

/** Disposes of something at the end of the test, and checks that nothing of it is left. */
export const disposeAfterTest = (disposable: Disposable): void => void disposables.push(disposable)

const printed: string[] = []
const callbackErrors: unknown[] = []
const earlySendWarnings: string[] = []

/** What development prints of a callback of the app that threw, or that needs a missing feature. A test expects the `socketError` that comes with it. */
const CALLBACK_ERROR = /^reduplex: (?:".+" threw: |Import \w+Feature )/

/** The text of anything that is printed. A real console prints a revoked Proxy too. */
const textOf = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return 'something that cannot be shown'
  }
}

const record = (method: 'error' | 'warn', args: readonly unknown[]): void => {
  const text = args.map(textOf).join(' ')
  if (method === 'error' && CALLBACK_ERROR.test(text)) callbackErrors.push(args[1])
  else if (EARLY_SEND.test(text)) earlySendWarnings.push(text)
  else if (!SLOW_CHECKS.test(text)) printed.push(`console.${method}: ${text}`)
}

/** Returns what was printed on console.error and console.warn so far, and clears it: a test that expects output asks for it here. */
export const takePrinted = (): string[] => printed.splice(0)

/** Returns the errors of the app's callbacks that were printed so far, with their stacks, and clears them. */
export const takeCallbackErrors = (): unknown[] => callbackErrors.splice(0)

/** Returns the warnings of sends before any connect, and clears them. */
export const takeEarlySendWarnings = (): string[] => earlySendWarnings.splice(0)

/** Whether timers and the date are faked. */
const isFakeTime = (): boolean => Object.hasOwn(setTimeout, 'clock')

/** Redux Toolkit notifies subscribers of batched actions with a timer of 10 ms, the reconnect loop leaves one of 0 ms. */
const SETTLING_MS = 10

/** The number of timers that are left behind; 0 on real time, where nobody counts them. Ends fake time. */
const endFakeTime = async (): Promise<number> => {
  if (!isFakeTime()) return 0
  await jest.advanceTimersByTimeAsync(SETTLING_MS)
  const count = jest.getTimerCount()
  // A spy on a fake timer must not outlive it.
  jest.restoreAllMocks()
  jest.useRealTimers()
  return count
}

const isFault = (fault: string | null): fault is string => fault !== null

beforeEach(() => {
  takePrinted()
  takeCallbackErrors()
  takeEarlySendWarnings()
  for (const method of ['error', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((...args: unknown[]) => record(method, args))
  }
})

afterEach(async () => {
  const left = disposables.splice(0)
  const pending = left.map((one) => one.pending?.() ?? null).filter(isFault)
  for (const one of left) one.dispose?.()
  const timers = await endFakeTime()
  const leaks = {
    pending,
    timers,
    liveSockets: left.reduce((sum, one) => sum + (one.live?.() ?? 0), 0),
    pageListeners: Object.assign({}, ...left.map((one) => one.listeners?.())) as Readonly<Record<string, number>>,
    faults: left.map((one) => one.fault?.() ?? null).filter(isFault),
    printed: takePrinted(),
  }
  for (const one of left) one.restore?.()
  expect(leaks).toEqual({ pending: [], timers: 0, liveSockets: 0, pageListeners: {}, faults: [], printed: [] })
})
