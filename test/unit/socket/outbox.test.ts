import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { byteLength } from '../../../src/internal/bytes.js'
import { createOutbox } from '../../../src/connection/outbox.js'
import type { DropReason, QueueOptions } from '../../../src/connection/types.js'

beforeEach(() => {
  jest.useFakeTimers({ now: 0 })
})
afterEach(() => {
  jest.useRealTimers()
})

const createTestOutbox = (limits: QueueOptions = {}) => {
  const dropped: { reason: DropReason; ids: readonly string[] }[] = []
  const sizes: number[] = []
  const outbox = createOutbox(
    { maxMessages: 1_000, maxBytes: 1_048_576, ttl: Infinity, overflow: 'drop-newest', ...limits },
    (reason, ids) => dropped.push({ reason, ids }),
    (size) => sizes.push(size),
  )
  const flush = (takes = Infinity) => {
    const sent: string[] = []
    outbox.flush((id) => sent.length < takes && sent.push(id))
    return sent
  }
  return { ...outbox, dropped, sizes, flush }
}

describe('messages that wait', () => {
  it('go out in the order in which they came, and then no more', () => {
    const outbox = createTestOutbox()
    for (const id of ['a', 'b', 'c']) expect(outbox.push(id, id)).toEqual({ delivery: 'queued' })
    expect(outbox.size()).toBe(3)
    expect(outbox.flush()).toEqual(['a', 'b', 'c'])
    expect(outbox.flush()).toEqual([])
    expect(outbox.sizes).toEqual([1, 2, 3, 0])
    expect(outbox.dropped).toEqual([])
  })

  it('stay, from the one on that the socket does not take', () => {
    const outbox = createTestOutbox()
    for (const id of ['a', 'b', 'c']) outbox.push(id, id)
    expect(outbox.flush(1)).toEqual(['a'])
    expect(outbox.size()).toBe(2)
    expect(outbox.flush()).toEqual(['b', 'c'])
  })

  it('are dropped together, for a reason', () => {
    const outbox = createTestOutbox()
    for (const id of ['a', 'b']) outbox.push(id, id)
    outbox.clear('closed')
    outbox.clear('closed')
    expect(outbox.dropped).toEqual([{ reason: 'closed', ids: ['a', 'b'] }])
    expect(outbox.size()).toBe(0)
    expect(outbox.sizes).toEqual([1, 2, 0])
  })

  it('make room in bytes when they have left', () => {
    const outbox = createTestOutbox({ maxBytes: 4 })
    outbox.push('a', 'four')
    outbox.flush()
    expect(outbox.push('b', 'four')).toEqual({ delivery: 'queued' })
    outbox.clear('closed')
    expect(outbox.push('c', 'four')).toEqual({ delivery: 'queued' })
  })
})

describe('a full outbox', () => {
  it('refuses the newest', () => {
    const outbox = createTestOutbox({ maxMessages: 2 })
    expect(['a', 'b', 'c'].map((id) => outbox.push(id, id).delivery)).toEqual(['queued', 'queued', 'dropped'])
    expect(outbox.push('d', 'd')).toEqual({ delivery: 'dropped', reason: 'overflow' })
    expect(outbox.dropped).toEqual([
      { reason: 'overflow', ids: ['c'] },
      { reason: 'overflow', ids: ['d'] },
    ])
    expect(outbox.flush()).toEqual(['a', 'b'])
  })

  it('gives up the oldest, if so told: as many as the new one needs', () => {
    const outbox = createTestOutbox({ maxBytes: 6, overflow: 'drop-oldest' })
    for (const id of ['a', 'b', 'c']) outbox.push(id, '12')
    expect(outbox.push('d', '1234')).toEqual({ delivery: 'queued' })
    expect(outbox.dropped).toEqual([{ reason: 'overflow', ids: ['a', 'b'] }])
    expect(outbox.flush()).toEqual(['c', 'd'])
  })

  it.each(['drop-newest', 'drop-oldest'] as const)('of size 0 takes nothing (%s)', (overflow) => {
    const outbox = createTestOutbox({ maxMessages: 0, overflow })
    expect(outbox.push('a', '')).toEqual({ delivery: 'dropped', reason: 'overflow' })
    expect(outbox.dropped).toEqual([{ reason: 'overflow', ids: ['a'] }])
  })

  it.each(['drop-newest', 'drop-oldest'] as const)('is not emptied for what can never fit (%s)', (overflow) => {
    const outbox = createTestOutbox({ maxBytes: 4, overflow })
    outbox.push('a', 'four')
    expect(outbox.push('b', 'five!')).toEqual({ delivery: 'dropped', reason: 'too_large' })
    expect(outbox.flush()).toEqual(['a'])
  })

  it('counts bytes of UTF-8, and those of binary frames', () => {
    const outbox = createTestOutbox({ maxBytes: 4 })
    expect(outbox.push('a', '€€')).toEqual({ delivery: 'dropped', reason: 'too_large' })
    expect(outbox.push('b', new Uint8Array(5))).toEqual({ delivery: 'dropped', reason: 'too_large' })
    expect(outbox.push('c', '€')).toEqual({ delivery: 'queued' })
    expect(outbox.push('d', new Uint8Array(1).buffer)).toEqual({ delivery: 'queued' })
    expect(outbox.push('e', '!')).toEqual({ delivery: 'dropped', reason: 'overflow' })
  })
})

describe('a message with a time to live', () => {
  it('is dropped when that is over, not before', () => {
    const outbox = createTestOutbox()
    outbox.push('a', 'a', 100)
    outbox.push('b', 'b')
    jest.advanceTimersByTime(99)
    expect(outbox.dropped).toEqual([])
    jest.advanceTimersByTime(1)
    expect(outbox.dropped).toEqual([{ reason: 'expired', ids: ['a'] }])
    expect(outbox.flush()).toEqual(['b'])
  })

  it('has the queue’s, unless it has its own', () => {
    const outbox = createTestOutbox({ ttl: 100 })
    outbox.push('a', 'a')
    outbox.push('b', 'b', 50)
    outbox.push('c', 'c', Infinity)
    jest.advanceTimersByTime(10_000)
    expect(outbox.dropped).toEqual([
      { reason: 'expired', ids: ['b'] },
      { reason: 'expired', ids: ['a'] },
    ])
    expect(outbox.flush()).toEqual(['c'])
  })

  it('does not go out late, even if the timer is (a laptop that slept)', () => {
    const outbox = createTestOutbox()
    outbox.push('a', 'a', 100)
    outbox.push('b', 'b', 1_000)
    jest.setSystemTime(500)
    expect(outbox.flush()).toEqual(['b'])
    expect(outbox.dropped).toEqual([{ reason: 'expired', ids: ['a'] }])
  })

  it('may live longer than a timer lasts', () => {
    const month = 31 * 24 * 3_600_000
    const outbox = createTestOutbox()
    outbox.push('a', 'a', month)
    jest.advanceTimersByTime(month - 1)
    expect(outbox.size()).toBe(1)
    jest.advanceTimersByTime(1)
    expect(outbox.dropped).toEqual([{ reason: 'expired', ids: ['a'] }])
  })

  it('leaves no timer when it has gone', () => {
    const outbox = createTestOutbox({ ttl: 100 })
    outbox.push('a', 'a')
    outbox.push('b', 'b', 50)
    expect(jest.getTimerCount()).toBe(1)
    outbox.clear('closed')
    expect(jest.getTimerCount()).toBe(0)
    outbox.push('c', 'c')
    outbox.flush()
    jest.advanceTimersByTime(100)
    expect(jest.getTimerCount()).toBe(0)
    expect(outbox.dropped).toEqual([{ reason: 'closed', ids: ['a', 'b'] }])
  })
})

// ── Against the simplest thing that could be right ──────────────────────────────────────────────────────────────────────

type Step =
  | { readonly do: 'push'; readonly text: string; readonly ttl: number | undefined }
  | { readonly do: 'flush'; readonly takes: number }
  | { readonly do: 'clear' }
  | { readonly do: 'pass'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      text: fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀'), maxLength: 6 }),
      ttl: fc.constantFrom(undefined, 0, 10, 50, 200, Infinity),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 120 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('flush' as const), takes: fc.constantFrom(0, 1, 2, Infinity) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
)
const limits = fc.record({
  maxMessages: fc.nat({ max: 5 }),
  maxBytes: fc.nat({ max: 24 }),
  ttl: fc.constantFrom(30, 100, Infinity),
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
})

interface Waiting {
  readonly id: string
  readonly bytes: number
  readonly expiresAt: number
}

/** The same rules, without timers and without haste. */
const createModel = (given: Omit<Required<QueueOptions>, 'highWaterMark'>) => {
  let waiting: Waiting[] = []
  const ends: [id: string, end: string][] = []
  const bytes = () => waiting.reduce((sum, entry) => sum + entry.bytes, 0)
  const end = (how: string, entries: readonly Waiting[]) =>
    ends.push(...entries.map(({ id }) => [id, how] as [string, string]))
  const expire = (time: number) => {
    // Those that expire first are told of first; at the same moment the older one.
    const over = waiting.filter(({ expiresAt }) => expiresAt <= time)
    end(
      'expired',
      over.toSorted((one, other) => one.expiresAt - other.expiresAt),
    )
    waiting = waiting.filter(({ expiresAt }) => expiresAt > time)
  }
  return {
    ends,
    ids: () => waiting.map(({ id }) => id),
    expire,
    push: (id: string, text: string, ttl: number, time: number) => {
      const entry = { id, bytes: byteLength(text), expiresAt: time + ttl }
      const evicted: Waiting[] = []
      const isFull = () => waiting.length >= given.maxMessages || bytes() + entry.bytes > given.maxBytes
      const fits = entry.bytes <= given.maxBytes
      const mustEvict = () => fits && given.overflow === 'drop-oldest' && waiting.length > 0 && isFull()
      while (mustEvict()) evicted.push(...waiting.splice(0, 1))
      if (!fits) end('too_large', [entry])
      else if (isFull()) end('overflow', [entry])
      else {
        end('overflow', evicted)
        waiting.push(entry)
      }
    },
    flush: (takes: number, time: number) => {
      expire(time)
      end('sent', waiting.splice(0, takes))
    },
    clear: () => end('closed', waiting.splice(0)),
  }
}

describe('any sequence of sends, flushes, clears and waits', () => {
  it('ends as in a naive model: in order, within bounds, every message exactly once', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 40 }), (given, steps) => {
        jest.clearAllTimers()
        jest.setSystemTime(0)
        const model = createModel(given)
        const ends: [id: string, end: string][] = []
        const answers: [isDropped: boolean, wasDropped: boolean][] = []
        let lastSize = 0
        let count = 0
        const outbox = createOutbox(
          given,
          (reason, ids) => ends.push(...ids.map((id) => [id, reason] as [string, string])),
          (size) => {
            lastSize = size
          },
        )
        for (const next of steps) {
          switch (next.do) {
            case 'push': {
              const id = `m${String(++count)}`
              const before = model.ends.length
              const { delivery } = outbox.push(id, next.text, next.ttl)
              model.push(id, next.text, next.ttl ?? given.ttl, Date.now())
              answers.push([delivery === 'dropped', model.ends.slice(before).some(([ended]) => ended === id)])
              break
            }
            case 'pass':
              jest.advanceTimersByTime(next.ms)
              model.expire(Date.now())
              break
            case 'flush': {
              let taken = 0
              outbox.flush((id) => taken++ < next.takes && ends.push([id, 'sent']))
              model.flush(next.takes, Date.now())
              break
            }
            case 'clear':
              outbox.clear('closed')
              model.clear()
          }
          expect(answers.filter(([isDropped, wasDropped]) => isDropped !== wasDropped)).toEqual([])
          expect(ends).toEqual(model.ends)
          expect(outbox.size()).toBe(model.ids().length)
          expect(lastSize).toBe(outbox.size())
          expect(outbox.size()).toBeLessThanOrEqual(given.maxMessages)
        }
        outbox.flush((id) => ends.push([id, 'sent']))
        model.flush(Infinity, Date.now())
        expect(ends).toEqual(model.ends)
        // Everything that was ever pushed has ended, once.
        expect(new Set(ends.map(([id]) => id)).size).toBe(count)
        expect(ends).toHaveLength(count)
        jest.advanceTimersByTime(1_000)
        expect(jest.getTimerCount()).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})
