import { realClearTimeout, realSetTimeout } from './runnerTimers.js'

/** One wait. */
export interface WaitOptions<Value> {
  /** The limit in milliseconds of real time; `Infinity` for none. The default is less than the 5 s of a test in jest and vitest, so that this error comes first. @default 4000 */
  readonly timeout: number | undefined
  /** What waits, for the text of the error. */
  readonly name: string
  /** Describes what is waited for, and what happened instead. */
  readonly explain: () => string | null
  /** Registers the functions that end the wait. Returns one that removes them again. */
  readonly start: (resolve: (value: Value) => void, reject: (error: Error) => void) => () => void
}

type Timer = ReturnType<typeof realSetTimeout>

const advice = __DEV__
  ? '\nCheck that it happens and that the match fits. Under fake timers, only clock.advance() lets time pass. nextTimeout sets a longer limit.'
  : ''

/** The longest delay of a timer, 24 days: it stands for no limit, and keeps Node running too. */
const MAX_TIMEOUT = 2 ** 31 - 1

const running = new Set<Timer | undefined>()

/** Lets the process end before the waits that go on. */
export const releaseWaits = (): void => {
  // A number in jsdom.
  for (const timer of running) (timer as { readonly unref?: () => void }).unref?.()
}

/** Lets a promise that nobody awaits reject without an unhandled rejection. */
export const quiet = <Value>(promise: Promise<Value>): Promise<Value> => {
  promise.catch(() => {})
  return promise
}

/**
 * Settles with what `start` is given, and rejects when that takes longer than `timeout`. The timer keeps Node running, because a test waits: node:test would
 * cancel the tests that follow. Not awaited, the wait causes no unhandled rejection.
 */
export const waitFor = <Value>({ timeout = 4_000, name, explain, start }: WaitOptions<Value>): Promise<Value> => {
  // Created here, so that its stack shows the call that waits: none of the test's functions is on the stack of a timer.
  const error = new Error()
  const wait = new Promise<Value>((resolve, reject) => {
    let timer: Timer | undefined
    const end =
      <Result>(settle: (result: Result) => void) =>
      (result: Result): void => {
        realClearTimeout(timer)
        running.delete(timer)
        settle(result)
      }
    const stop = start(end(resolve), end(reject))
    timer = realSetTimeout(
      () => {
        // Read first: some runners write the message into the stack when it is read.
        const { stack = '' } = error
        error.message = `${name}, after ${timeout} ms: ${explain()}${advice}`
        error.stack = stack.replace(/.*/, () => `Error: ${error.message}`)
        stop()
        end(reject)(error)
      },
      Math.min(timeout, MAX_TIMEOUT),
    )
    running.add(timer)
  })
  return quiet(wait)
}
