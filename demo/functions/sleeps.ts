import { setTimeout } from 'node:timers/promises'

/** How a sleep ended; `cancelled` when its caller aborted it or disconnected. */
export type SleepOutcome = 'finished' | 'cancelled'

/** The number of sleeps whose outcome is kept; the oldest are dropped. */
const MAX_SLEEPS = 100

/** Slow calls, and the outcome of each. */
export function createSleeps() {
  const outcomes = new Map<string, Promise<SleepOutcome>>()
  let running = 0
  return {
    start: (ticket: string, seconds: number, signal: AbortSignal): Promise<SleepOutcome> => {
      running += 1
      const outcome = setTimeout(seconds * 1000, undefined, { signal })
        .then(
          () => 'finished' as const,
          () => 'cancelled' as const,
        )
        .finally(() => (running -= 1))
      outcomes.set(ticket, outcome)
      const [oldest = ''] = outcomes.keys()
      if (outcomes.size > MAX_SLEEPS) outcomes.delete(oldest)
      return outcome
    },
    /** Resolves when the sleep ends; to `unknown` when no sleep has this ticket. */
    outcomeOf: async (ticket: string): Promise<SleepOutcome | 'unknown'> => (await outcomes.get(ticket)) ?? 'unknown',
    count: () => running,
  }
}
