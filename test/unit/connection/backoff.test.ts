import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { defaultBackoff, exponentialBackoff, type Backoff } from '../../../src/connection/backoff.js'

/** The range of Math.random. */
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const code = fc.constantFrom(null, 1001, 1006, 1011, 1012, 1013, 4408, 4429)
const crowded = [1012, 1013, 4429]

/** The smallest and the largest delay of a backoff. */
const range = (backoff: Backoff, attempt: number, closeCode: number | null = 1006) =>
  [0, 1].map((drawn) => backoff(attempt, { random: () => drawn, code: closeCode }))

describe('the default backoff', () => {
  it('waits 0–3 s, then 2–5 s six times, then between bounds that double up to 12–30 s', () => {
    expect(Array.from({ length: 12 }, (_, index) => range(defaultBackoff, index + 1))).toEqual([
      [0, 3_000],
      [2_000, 5_000],
      [2_000, 5_000],
      [2_000, 5_000],
      [2_000, 5_000],
      [2_000, 5_000],
      [2_000, 5_000],
      [4_000, 10_000],
      [8_000, 20_000],
      [12_000, 30_000],
      [12_000, 30_000],
      [12_000, 30_000],
    ])
  })

  it.each(crowded)('waits up to 10 s before the first retry after close code %i', (closeCode) => {
    expect(range(defaultBackoff, 1, closeCode)).toEqual([0, 10_000])
    expect(range(defaultBackoff, 2, closeCode)).toEqual([2_000, 5_000])
  })

  it('is random at the cap too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 10_000 }), chance, chance, code, (attempt, one, other, closed) => {
        fc.pre(Math.abs(one - other) > 1e-9)
        const say = (drawn: number) => defaultBackoff(attempt, { random: () => drawn, code: closed })
        expect(say(one)).not.toBe(say(other))
      }),
    )
  })

  it('stays within its bounds for every attempt, close code and random number', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), chance, code, (attempt, drawn, closed) => {
        const delay = defaultBackoff(attempt, { random: () => drawn, code: closed })
        expect(delay).toBeGreaterThanOrEqual(attempt < 2 ? 0 : 2_000)
        expect(delay).toBeLessThanOrEqual(attempt < 2 && !crowded.includes(closed ?? 0) ? 3_000 : 30_000)
      }),
    )
  })

  it('draws one random number for each retry, from the given source', () => {
    let draws = 0
    const random = () => {
      draws++
      return 0.5
    }
    expect(defaultBackoff(1, { random, code: null })).toBe(1_500)
    expect(defaultBackoff(2, { random, code: null })).toBe(3_500)
    expect(draws).toBe(2)
  })
})

describe('exponentialBackoff', () => {
  it('defaults to full jitter below min(30 s, 1 s · 2ⁿ)', () => {
    const bounds = Array.from({ length: 7 }, (_, index) => range(exponentialBackoff(), index + 1))
    expect(bounds).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => [0, seconds * 1_000]))
  })

  it('uses the given numbers', () => {
    const backoff = exponentialBackoff({ minDelay: 100, maxDelay: 1_000, factor: 3, jitter: 0.5 })
    expect(Array.from({ length: 4 }, (_, index) => range(backoff, index + 1))).toEqual([
      [50, 100],
      [150, 300],
      [450, 900],
      [500, 1_000],
    ])
  })

  it('returns the exact bound without jitter', () => {
    expect(range(exponentialBackoff({ jitter: 0 }), 3)).toEqual([4_000, 4_000])
  })

  it('stays within its bounds', () => {
    const options = fc.record({
      minDelay: fc.integer({ min: 0, max: 10_000 }),
      maxDelay: fc.integer({ min: 0, max: 100_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 10_000 }), chance, (given, attempt, drawn) => {
        // 0 times a factor that has overflowed is NaN.
        fc.pre(given.minDelay > 0)
        const delay = exponentialBackoff(given)(attempt, { random: () => drawn, code: null })
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(given.maxDelay)
      }),
    )
  })
})

/** A random number generator with a seed (mulberry32), so that a seed gives the same numbers everywhere. */
const seeded = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('a thousand clients of a server that restarts', () => {
  /** Attempts per 100 ms from the restart until all clients are connected: the peak over the mean. The server is away for 2 s. */
  const peakOverMean = (backoff: Backoff, closeCode: number, seed: number) => {
    const random = seeded(seed)
    const buckets: number[] = []
    for (let client = 0; client < 1_000; client++) {
      for (let attempt = 1, time = 0; ; attempt++) {
        time += backoff(attempt, { random, code: attempt === 1 ? closeCode : 1006 })
        const bucket = Math.floor(time / 100)
        buckets[bucket] = (buckets[bucket] ?? 0) + 1
        if (time >= 2_000) break
      }
    }
    const counts = Array.from(buckets, (count: number | undefined) => count ?? 0)
    return Math.max(...counts) / (counts.reduce((sum, count) => sum + count, 0) / counts.length)
  }
  const typical = (backoff: Backoff, closeCode: number) => {
    const seeds = Array.from({ length: 40 }, (_, index) => peakOverMean(backoff, closeCode, index + 1))
    return seeds.reduce((sum, ratio) => sum + ratio, 0) / seeds.length
  }

  it('do not reconnect in step', () => {
    expect(typical(defaultBackoff, 1006)).toBeLessThan(3)
    expect(typical(defaultBackoff, 1012)).toBeLessThan(3)
  })

  it('reconnect more evenly than with plain exponential jitter', () => {
    expect(typical(defaultBackoff, 1006)).toBeLessThan(typical(exponentialBackoff(), 1006))
  })
})
