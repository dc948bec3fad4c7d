import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Broken } from '../../support/session/model/frames.js'
import { faultOf } from '../../support/session/model/report.js'
import { createWorld, type Step, type WorldOptions } from '../../support/session/model/world.js'

// Both ends over links that are cut at any frame: the client is that of the library, the server a model of docs/protocol.md.

type Steps = readonly (readonly [Step, number])[]
type Limits = Omit<WorldOptions, 'broken'>

/** How often each step comes up. Faults are rarer than traffic. */
const usual: Partial<Record<Step, number>> = {
  clientSend: 10,
  serverSend: 10,
  up: 12,
  down: 12,
  upAll: 3,
  downAll: 3,
  settle: 6,
  acks: 6,
  cut: 5,
  connect: 8,
  close: 1,
}
const harsh: typeof usual = { ...usual, expire: 1, kill: 1 }

const play = (limits: Limits, steps: Steps, broken: Broken = {}) => {
  const world = createWorld({ ...limits, broken })
  const take = (name: Step, n: number) => {
    const step: (n: number) => unknown = world.steps[name]
    step(n)
  }
  // Most of what can go wrong needs a session to begin with.
  for (const name of ['connect', 'upAll', 'downAll', 'upAll'] as const) take(name, 0)
  let fault: string | undefined
  for (const [name, n] of steps) {
    take(name, n)
    fault ??= world.bounds()
  }
  fault ??= world.calm() ? undefined : 'it does not come to rest'
  fault ??= world.bounds() ?? faultOf(world.report, world.currentId())
  if (fault !== undefined) throw new Error(`${fault}\n${world.log.join('\n')}`)
  return world.report
}

const property = (
  weights: typeof usual,
  broken?: Broken,
  onReport: (report: ReturnType<typeof play>) => void = () => {},
) =>
  fc.property(
    fc.array(
      fc.oneof(
        ...Object.entries(weights).map(([name, weight]) => ({
          weight,
          arbitrary: fc.tuple(fc.constant(name as Step), fc.nat(35)),
        })),
      ),
      { minLength: 20, maxLength: 120, size: 'max' },
    ),
    fc.record({
      window: fc.integer({ min: 2, max: 8 }),
      maxQueue: fc.integer({ min: 2, max: 12 }),
      maxOut: fc.integer({ min: 4, max: 20 }),
    }),
    (steps, limits) => onReport(play(limits, steps, broken)),
  )

const seed = Number(process.env['REDUPLEX_MODEL_SEED'] ?? 20_261_128)
const runs = Number(process.env['REDUPLEX_MODEL_RUNS'] ?? 2_000)

describe('a session over links that are cut', () => {
  it.each([
    ['cuts and clean closes', usual],
    ['cuts, clean closes, expiry and kills', harsh],
  ])('delivers each message once and in order, or reports it: %s', (_name, weights) => {
    const verdicts = new Set<string>()
    fc.assert(
      property(weights, {}, (report) => report.verdicts.forEach(({ session }) => verdicts.add(session))),
      { numRuns: runs, seed },
    )
    expect([...verdicts].sort()).toEqual(['lost', 'new', 'resumed'])
  })

  it.each([
    ['a message with a number is dropped', 'dropNumbered'],
    ['what was not acknowledged is sent again after `lost`', 'requeueOnLost'],
    ['an abandoned socket is still read', 'readOldSocket'],
    ['an acknowledgement does not let the queue go on', 'ignoreRoom'],
    ['`turn` does not rise', 'sameTurn'],
    ['what a `bye` returns is forgotten', 'forgetReturned'],
    ['a received frame is counted twice', 'countTwice'],
    ['the server takes a detached socket for the session', 'readDetachedSocket'],
    ['the server asks again for what it has taken', 'resendFromHandled'],
    ['the server trims a session over its bound', 'trimOldest'],
    ['the server takes frames after its `bye`', 'takeAfterBye'],
    ['the server accepts a `hello` that was overtaken', 'noTurn'],
    ['the server keeps sessions that nobody confirmed', 'keepOrphans'],
  ] as const)('shows a fault when %s', (_rule, name) => {
    const attempt = (weights: typeof usual) =>
      fc.check(property(weights, { [name]: true }), { numRuns: 6_000, seed, endOnFailure: true })
    expect(attempt(usual).failed || attempt(harsh).failed).toBe(true)
  })
})
