import { expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { startBeat } from '../../../src/features/beat.js'
import { useFakeTime } from '../../support/fakeTime.js'

// Random losses and delays of answers, of a server that sends other frames meanwhile. Whatever the sequence: nothing is proven that has not arrived;
// once the server answers again, the latency is measured and the proof is behind by no more than what was lost.

const interval = 1_000

useFakeTime()

interface Fate {
  /** How long a question, and what is sent after it, takes to the server. */
  readonly up: number
  /** How long the server takes for its answer; undefined when it gives none. */
  readonly down: number | undefined
  /** The number of sends right after the question. */
  readonly sends: number
}

const fate: fc.Arbitrary<Fate> = fc.record({
  up: fc.oneof(fc.constantFrom(0, 10), fc.integer({ min: 0, max: 20_000 })),
  down: fc.option(fc.oneof(fc.constantFrom(0, 10), fc.integer({ min: 0, max: 60_000 })), { nil: undefined }),
  sends: fc.nat({ max: 3 }),
})

/** A heartbeat, the line to a server, and the server. */
const setupHeartbeat = (fates: readonly Fate[]) => {
  const seen = { asked: 0, sent: 0, arrived: 0, answered: 0, proven: 0, latencies: [] as number[], isMissed: false }
  const marks: number[] = []
  let lineFreeAt = 0
  /** The line keeps the order of frames. */
  const carry = (up: number, arrive: () => void) => {
    lineFreeAt = Math.max(lineFreeAt, Date.now() + up)
    setTimeout(arrive, lineFreeAt - Date.now())
  }
  const answer = () => {
    seen.answered++
    heartbeat.onFrame('pong')
  }
  const send = (up: number) => {
    seen.sent++
    carry(up, () => seen.arrived++)
  }
  const heartbeat = startBeat(
    {
      options: { interval, timeout: 500 },
      guard: (_what, callback) => callback(),
      sends: {
        cursor: () => seen.sent,
        confirmUpTo: (mark) => {
          seen.proven = Math.max(seen.proven, mark)
          expect(mark).toBeLessThanOrEqual(seen.arrived)
          // Also where it arrived by chance: so many answers prove no more.
          expect(mark).toBeLessThanOrEqual(marks[seen.answered - 1] ?? -1)
        },
      },
      onLatency: (latency) => seen.latencies.push(latency),
      onMissed: () => (seen.isMissed = true),
    },
    {
      enqueue: (task) => task(),
      send: () => {
        const { up, down, sends } = fates[seen.asked++] ?? { up: 5, down: 25, sends: 1 }
        marks.push(seen.sent)
        carry(up, () => {
          if (down !== undefined) setTimeout(answer, down)
        })
        for (let n = 0; n < sends; n++) send(up)
      },
    },
  )
  const talk = setInterval(() => heartbeat.onFrame('busy'), 200)
  return {
    seen,
    marks,
    stop: () => {
      heartbeat.stop()
      clearInterval(talk)
      jest.clearAllTimers()
    },
  }
}

it('the heartbeat proves nothing that has not arrived, and recovers once the server answers', () => {
  const story = (fates: readonly Fate[]) => {
    const { seen, marks, stop } = setupHeartbeat(fates)
    jest.advanceTimersByTime(fates.length * interval + 200_000)
    expect(seen.isMissed).toBe(false)
    const before = seen.latencies.length
    jest.advanceTimersByTime(3 * interval)
    expect(seen.latencies.slice(before)).toEqual([30, 30, 30])

    // As many questions as were lost, and as many again: by then all marks are exact or confirmed.
    const asked = seen.asked
    jest.advanceTimersByTime((2 * fates.length + 20) * interval)
    expect(seen.proven).toBeGreaterThanOrEqual(marks[asked - 1] ?? 0)
    stop()
  }
  fc.assert(fc.property(fc.array(fate, { minLength: 1, maxLength: 60, size: 'max' }), story), { numRuns: 300 })
})

it('the heartbeat measures the latency again after three questions with one answer each', () => {
  const losses = fc.array(fc.boolean(), { maxLength: 60, size: 'max' })
  const story = (answered: readonly boolean[]) => {
    const { seen, stop } = setupHeartbeat([
      ...answered.map((is) => ({ up: 5, down: is ? 25 : undefined, sends: 0 })),
      { up: 5, down: undefined, sends: 0 },
    ])
    jest.advanceTimersByTime((answered.length + 1) * interval - 1)
    const before = seen.latencies.length
    jest.advanceTimersByTime(2 * interval)
    expect(seen.latencies).toHaveLength(before)
    jest.advanceTimersByTime(2 * interval)
    expect(seen.latencies.slice(before)).toEqual([30, 30])
    stop()
  }
  fc.assert(fc.property(losses, story), { numRuns: 300 })
})
