import { setTimeout } from 'node:timers/promises'

/** How a nap ended: by itself, or because whoever asked for it gave up or is gone. */
export type NapEnd = 'finished' | 'cancelled'

/** Naps that are remembered; of more, the oldest are forgotten. */
const MAX_NAPS = 100

/** Calls that take their time, and what became of each. */
export function createNaps() {
  const ends = new Map<string, Promise<NapEnd>>()
  let running = 0
  return {
    begin: (ticket: string, seconds: number, signal: AbortSignal): Promise<NapEnd> => {
      running += 1
      const end = setTimeout(seconds * 1000, undefined, { signal })
        .then(
          () => 'finished' as const,
          () => 'cancelled' as const,
        )
        .finally(() => (running -= 1))
      ends.set(ticket, end)
      const [oldest = ''] = ends.keys()
      if (ends.size > MAX_NAPS) ends.delete(oldest)
      return end
    },
    /** Waits for the end; `unknown` when no such nap ever began. */
    endOf: async (ticket: string): Promise<NapEnd | 'unknown'> => (await ends.get(ticket)) ?? 'unknown',
    count: () => running,
  }
}
