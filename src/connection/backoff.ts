/** What a backoff is given beside the number of the retry. */
export interface BackoffContext {
  /** A random number, 0 ≤ n < 1: the `reconnect.random` option, by default `Math.random`. */
  readonly random: () => number
  /** The close code that ended the connection; `null` where the network reported none. */
  readonly code: number | null
}

/**
 * Milliseconds to wait before retry number `attempt` (1 is the first). `Infinity` waits for an explicit command. Called once a retry.
 */
export type Backoff = (attempt: number, context: BackoffContext) => number

const between = (low: number, high: number, random: () => number): number => low + random() * (high - low)

/**
 * The default backoff: random at every step, also at the cap, so that a thousand clients of a restarted server do not reconnect at the same time. The first
 * delay is 0–3 s (0–10 s after 1012, 1013 and 4429), the next six are 2–5 s, then the bounds double up to 12–30 s.
 */
export const defaultBackoff: Backoff = (attempt, { random, code }) => {
  // After these codes all clients of a server reconnect at once.
  if (attempt < 2) return between(0, [1012, 1013, 4429].includes(code!) ? 10_000 : 3_000, random)
  const high = Math.min(5_000 * 2 ** Math.max(attempt - 7, 0), 30_000)
  return between(high * 0.4, high, random)
}

/** The parameters of {@link exponentialBackoff}. */
export interface ExponentialBackoffOptions {
  /** The upper bound of the first delay, in milliseconds. @default 1000 */
  readonly minDelay?: number
  /** The upper bound of all delays, in milliseconds. @default 30000 */
  readonly maxDelay?: number
  /** The factor by which the bound grows with each retry. @default 2 */
  readonly factor?: number
  /** The part of the delay that is random, from 0 to 1; 1 is "full jitter". @default 1 */
  readonly jitter?: number
}

/** Creates an exponential backoff: `min(maxDelay, minDelay · factor^(attempt − 1))`, of which the part `jitter` is random. See docs/reconnecting.md. */
export const exponentialBackoff =
  ({ minDelay = 1_000, maxDelay = 30_000, factor = 2, jitter = 1 }: ExponentialBackoffOptions = {}): Backoff =>
  (attempt, { random }) => {
    const bound = Math.min(maxDelay, minDelay * factor ** (attempt - 1) || 0)
    return between(bound * (1 - jitter), bound, random)
  }
