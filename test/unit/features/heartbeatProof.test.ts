import { expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A server that loses and delays its answers at random, and sends other frames meanwhile. Whatever the sequence: every send that has not arrived is
// reported when the connection is lost, and once the server answers again, the latency is measured and the proof lags by no more than what was lost.

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
  up: fc.oneof(fc.constantFrom(0, 10), fc.integer({ min: 0, max: 700 })),
  down: fc.option(fc.oneof(fc.constantFrom(0, 10), fc.integer({ min: 0, max: 700 })), { nil: undefined }),
  sends: fc.nat({ max: 3 }),
})

/** A connection with a heartbeat, the line to a server, and the server. */
const setupHeartbeat = async (fates: readonly Fate[]) => {
  const connection = setupConnection({
    heartbeat: { interval, timeout: 500 },
    network: { mode: 'accept' },
    reconnect: { backoff: () => 1_000_000_000 },
  })
  /** All ids in the order of their sends, and how many of them had been sent at each question. */
  const sent: string[] = []
  const marks: number[] = []
  const server = { arrived: 0, answers: 0 }
  let lineFreeAt = 0
  /** The line keeps the order of frames. */
  const carry = (up: number, arrive: () => void) => {
    lineFreeAt = Math.max(lineFreeAt, Date.now() + up)
    setTimeout(arrive, lineFreeAt - Date.now())
  }
  const ask = () => {
    const { up, down, sends } = fates[marks.length] ?? { up: 5, down: 25, sends: 1 }
    marks.push(sent.length)
    carry(up, () => {
      if (down !== undefined) setTimeout(answer, down)
    })
    for (let n = 0; n < sends; n++) sent.push(connection.send(`${up}`).id)
  }
  const answer = () => {
    server.answers++
    connection.network.last.sendRaw('pong')
  }
  connection.network.onAttempt = (peer) => {
    peer.onReceived = (frame) => (frame === 'ping' ? ask() : carry(Number(frame), () => server.arrived++))
  }
  connection.connect()
  await advanceTime()
  const talk = setInterval(() => connection.network.last.sendRaw('busy'), 200)
  return {
    connection,
    sent,
    marks,
    server,
    latencies: () => connection.eventsOf('changed').flatMap(({ latency }) => latency ?? []),
    /** Loses the connection. Returns how many sends are proven to have arrived, because they are not reported, and how many may be. */
    lose: async () => {
      clearInterval(talk)
      const { arrived, answers } = server
      connection.network.last.cut()
      await advanceTime(20)
      const reported = connection.eventsOf('dropped').flatMap(({ ids }) => ids)
      expect(reported).toEqual(sent.slice(sent.length - reported.length))
      connection.dispose()
      // What the line still carries.
      jest.clearAllTimers()
      // So many answers prove no more, even of what arrived by chance.
      return { proven: sent.length - reported.length, provable: Math.min(arrived, marks[answers - 1] ?? 0) }
    },
  }
}

/** A peer that leaves more questions in a row unanswered counts as gone, whatever else it sends. Answers that are on their way count as missing too. */
const MAX_LOST = 2

/** The items, with one `answered` wherever more than `max` in a row are lost. */
const withoutLongLosses = <Item>(
  items: readonly Item[],
  isLost: (item: Item) => boolean,
  max: number,
  answered: Item,
): Item[] => {
  let lost = 0
  return items.map((item) => {
    lost = isLost(item) ? lost + 1 : 0
    if (lost <= max) return item
    lost = 0
    return answered
  })
}

const fates = fc
  .array(fate, { minLength: 1, maxLength: 60, size: 'max' })
  .map((all) => withoutLongLosses(all, ({ down }) => down === undefined, MAX_LOST, { up: 0, down: 0, sends: 1 }))

it('the heartbeat reports every send that has not arrived, whenever the connection is lost', async () => {
  const story = async (all: readonly Fate[], time: number) => {
    const { lose } = await setupHeartbeat(all)
    await advanceTime(time)
    const { proven, provable } = await lose()
    expect(proven).toBeLessThanOrEqual(provable)
  }
  await fc.assert(fc.asyncProperty(fates, fc.nat({ max: 150_000 }), story), { numRuns: 200 })
})

it('the heartbeat recovers once the server answers', async () => {
  const story = async (all: readonly Fate[]) => {
    const { connection, marks, latencies, lose } = await setupHeartbeat(all)
    await advanceTime(all.length * interval + 200_000)
    expect(connection.eventsOf('error')).toEqual([])
    const before = latencies().length
    await advanceTime(3 * interval)
    expect(latencies().slice(before)).toEqual([30, 30, 30])

    // As many questions as were lost, and as many again: by then all marks are exact or confirmed.
    const markCount = marks.length
    await advanceTime((2 * all.length + 20) * interval)
    expect((await lose()).proven).toBeGreaterThanOrEqual(marks[markCount - 1] ?? 0)
  }
  await fc.assert(fc.asyncProperty(fates, story), { numRuns: 100 })
})

it('the heartbeat measures the latency again after three questions with one answer each', async () => {
  const losses = fc
    .array(fc.boolean(), { maxLength: 60, size: 'max' })
    .map((all) => withoutLongLosses(all, (is) => !is, 3, true))
  const story = async (answered: readonly boolean[]) => {
    const { latencies, lose } = await setupHeartbeat([
      ...answered.map((is) => ({ up: 5, down: is ? 25 : undefined, sends: 0 })),
      { up: 5, down: undefined, sends: 0 },
    ])
    await advanceTime((answered.length + 1) * interval - 1)
    const before = latencies().length
    await advanceTime(2 * interval)
    expect(latencies()).toHaveLength(before)
    await advanceTime(2 * interval)
    expect(latencies().slice(before)).toEqual([30, 30])
    await lose()
  }
  await fc.assert(fc.asyncProperty(losses, story), { numRuns: 100 })
})
