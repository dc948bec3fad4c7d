import { now } from '../../internal/clock.js'
import type { Session } from './session.js'

/** What is left of a session that is over. */
export interface Tombstone {
  readonly owner: string
  readonly acked: number
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

/** Returns how far a session that is over got, to its owner. */
export const findAcked = ({ tombstones }: Tombstones, hash: string, owner: string): { acked?: number } => {
  const found = tombstones.get(hash)
  return found && found.owner === owner && found.until > now() ? { acked: found.acked } : {}
}

/** Remembers a session that is over. */
export const addTombstone = (
  { tombstones, limits }: Tombstones,
  { hash, owner, saved }: Pick<Session<unknown>, 'hash' | 'owner' | 'saved'>,
): void => {
  // All are kept for the same time, so the first is the oldest.
  for (const [oldest, { until }] of tombstones) {
    if (until > now() && tombstones.size < limits.maxTombstones) break
    tombstones.delete(oldest)
  }
  tombstones.set(hash, { owner, acked: saved, until: now() + TOMBSTONE_TTLS * limits.ttl })
}
