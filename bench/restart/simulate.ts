import { defaultBackoff } from '../../src/connection/backoff.js'

/** Milliseconds before retry `attempt` (1 is the first); one for every client. */
export type Delays = (attempt: number) => number

export interface Strategy {
  readonly name: string
  /** Called once for each client. */
  readonly start: (random: () => number) => Delays
}

export interface Restart {
  readonly clients: number
  /** How long after the cut the server accepts attempts again, in milliseconds. */
  readonly downtime: number
  /** The time over which the server closes its clients one after the other, in milliseconds. @default 0, all at once */
  readonly closing?: number
}

export interface Outcome {
  /** Attempts per 100 ms, from the cut until all clients are connected. */
  readonly attempts: readonly number[]
  readonly total: number
  readonly mean: number
  readonly peak: number
  /** Peak over mean: 1 is perfectly even. */
  readonly ratio: number
  /** When the last client was connected, in milliseconds. */
  readonly backAt: number
}

export const BIN_MS = 100

/** Random numbers, 0 ≤ n < 1, that are the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The default backoff, after a close with `code`; a refused attempt ends with 1006. */
export const reduplex = (code: number): Strategy => ({
  name: `reduplex, after ${String(code)}`,
  start: (random) => (attempt) => defaultBackoff(attempt, { random, code: attempt === 1 ? code : 1006 }),
})

/** reconnecting-websocket 4.4.0, `_getNextDelay`: the first delay is drawn once for each page, then it grows by 1.3 up to 10 s. */
export const reconnectingWebSocket: Strategy = {
  name: 'reconnecting-websocket 4.4.0',
  start: (random) => {
    const first = 1_000 + random() * 4_000
    return (attempt) => Math.min(first * 1.3 ** (attempt - 1), 10_000)
  },
}

/** socket.io-client 4, `backo2` with its defaults: 1 s doubling up to 5 s, each ± up to a half, cut at 5 s after that. */
export const socketIo: Strategy = {
  name: 'socket.io-client 4',
  start: (random) => (attempt) => {
    const delay = 1_000 * 2 ** (attempt - 1)
    const number = random()
    const deviation = Math.floor(number * 0.5 * delay)
    const isEarlier = Math.floor(number * 10) % 2 === 0
    return Math.min(isEarlier ? delay - deviation : delay + deviation, 5_000)
  },
}

/** All clients lose their server; each tries until it is accepted. A refused attempt takes no time. */
export const simulate = ({ start }: Strategy, { clients, downtime, closing = 0 }: Restart, seed: number): Outcome => {
  const random = seeded(seed)
  const attempts: number[] = []
  let backAt = 0
  for (let client = 0; client < clients; client++) {
    const delays = start(random)
    let time = (client / clients) * closing
    for (let attempt = 1, isBack = false; !isBack; attempt++) {
      time += delays(attempt)
      const bin = Math.floor(time / BIN_MS)
      while (attempts.length <= bin) attempts.push(0)
      attempts[bin] = (attempts[bin] ?? 0) + 1
      isBack = time >= downtime
    }
    backAt = Math.max(backAt, time)
  }
  const total = attempts.reduce((sum, count) => sum + count, 0)
  const peak = attempts.reduce((most, count) => Math.max(most, count), 0)
  const mean = total / attempts.length
  return { attempts, total, mean, peak, ratio: peak / mean, backAt }
}

export const seeds: readonly number[] = Array.from({ length: 100 }, (_, index) => index + 1)

/** The value that a part `q` of `values` does not exceed. */
export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(q * values.length) - 1)] ?? NaN
