import { now } from '../../internal/clock.js'
import type { Session } from './session.js'

/** What is left of a session that is over. */
export interface Tombstone {
  readonly owner: string
  /** How many frames of the client were handled when it ended. */
  readonly acked: number
  /** How many were taken: these are handled, and no others. */
  readonly taken: number
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** The table of them, and its limits. */
interface Tombstones {
  readonly tombstones: Map<string, Tombstone>
  readonly limits: { readonly ttl: number; readonly maxTombstones: number }
}

/** How long a tombstone is kept, in times of the ttl. */
const TOMBSTONE_TTLS = 10

/** Returns what is left of a session that is over, to its owner. */
export const findTombstone = ({ tombstones }: Tombstones, hash: string, owner: string): Tombstone | undefined => {
  const found = tombstones.get(hash)
  return found && found.owner === owner && found.until > now() ? found : undefined
}

/** Remembers a session that is over. */
export const addTombstone = (
  { tombstones, limits }: Tombstones,
  { hash, owner, saved, taken }: Pick<Session<unknown>, 'hash' | 'owner' | 'saved' | 'taken'>,
): void => {
  // All are kept for the same time, so the first is the oldest.
  for (const [oldest, { until }] of tombstones) {
    if (until > now() && tombstones.size < limits.maxTombstones) break
    tombstones.delete(oldest)
  }
  tombstones.set(hash, { owner, acked: saved, taken, until: now() + TOMBSTONE_TTLS * limits.ttl })
}
