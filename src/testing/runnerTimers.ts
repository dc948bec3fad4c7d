/** The fake timers of jest and vitest, which are those of `@sinonjs/fake-timers`: they are found at the faked `setTimeout`. */
export interface RunnerTimers {
  /** The time in milliseconds since the epoch. */
  readonly now: number
  /** Lets time pass. Promises settleTasks between two timers. */
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

/** Lets promises settleTasks, and timers of 0 ms run, on real or fake timers. */
export const settleTasks = async (): Promise<void> => {
  // The reconnect loop waits for a timer of 0 ms, and an attempt for promises after it.
  for (let turn = 0; turn < 4; turn++) {
    const timers = installedTimers()
    // oxlint-disable-next-line no-await-in-loop
    await (timers ? timers.tickAsync(0) : new Promise((resolve) => setTimeout(resolve, 0)))
  }
}
