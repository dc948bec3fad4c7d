/** The fake timers of jest and vitest, which are those of `@sinonjs/fake-timers`: they are found at the faked `setTimeout`. */
export interface RunnerTimers {
  /** The time in milliseconds since the epoch. */
  readonly now: number
  /** Lets time pass. Promises settle between two timers. */
  readonly tickAsync: (ms: number) => Promise<unknown>
  /** Runs the next timer. */
  readonly nextAsync: () => Promise<unknown>
  /** The number of timers that wait. */
  readonly countTimers: () => number
  /** The timers that were replaced. */
  readonly _setTimeout?: typeof setTimeout
  /** The timers that were replaced. */
  readonly _clearTimeout?: typeof clearTimeout
}

/** The fake timers that are installed now; `undefined` on real timers. */
export const installedTimers = (): RunnerTimers | undefined => (setTimeout as { readonly clock?: RunnerTimers }).clock

/** The platform's timers, also while fake timers are installed, which keep those that they replace. */
export const {
  _setTimeout: realSetTimeout = setTimeout,
  _clearTimeout: realClearTimeout = clearTimeout,
}: Pick<RunnerTimers, '_setTimeout' | '_clearTimeout'> = installedTimers() ?? {}

/** Lets promises settle, and timers of 0 ms run, on real or fake timers. */
export const settleTasks = async (turns = 4): Promise<void> => {
  // The reconnect loop waits for a timer of 0 ms, and an attempt for promises after it.
  for (let turn = 0; turn < turns; turn++) {
    const timers = installedTimers()
    // oxlint-disable-next-line no-await-in-loop
    await (timers ? timers.tickAsync(0) : new Promise((resolve) => setTimeout(resolve, 0)))
  }
}

/** Lets promises and tasks of the platform settle, such as the read of a Blob: sooner than a timer, which takes 1 ms in Node and 4 ms in a page. */
export const settlePromises = async (): Promise<void> => {
  // jsdom has none.
  if (typeof MessageChannel === 'undefined') return await settleTasks(1)
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel()
    let turns = 4
    port1.onmessage = () => {
      if (--turns > 0) return port2.postMessage(0)
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })
}
