import fc from 'fast-check'
import { stepsOf, type Steps } from '../../../support/session/model/steps.js'
import { findProblem } from './modelVerdict.js'
import { ModelWorld, type NodeModule, type WorldOptions } from './modelWorld.js'

/** How often each step comes up. Faults are rarer than traffic. */
const usual = {
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
}

/** The faults of a run: cuts and clean closes, or also expiry and processes that die. */
export const mild = { ...usual, close: 1 }
export const harsh = { ...mild, expire: 1, kill: 1 }

const limits = fc.record({
  window: fc.integer({ min: 2, max: 8 }),
  maxQueue: fc.integer({ min: 2, max: 12 }),
  maxOut: fc.integer({ min: 4, max: 20 }),
})

/** Plays steps, then calm. @throws when something is wrong */
const play = (options: WorldOptions, steps: Steps): ModelWorld => {
  const world = new ModelWorld(options)
  const run = (name: string, n: number) => (world.steps[name as 'connect'] as (n: number) => unknown)(n)
  // Most of what can go wrong needs a session to begin with.
  for (const name of ['connect', 'upAll', 'downAll', 'upAll']) run(name, 0)
  for (const [name, n] of steps) {
    run(name, n)
    const over = world.overBound()
    if (over) throw new Error(over)
  }
  if (!world.calm()) throw new Error(`it does not come to rest\n${world.log.join('\n')}`)
  const problem = world.overBound() ?? findProblem(world.report, world.client.session?.id)
  if (problem) throw new Error(`${problem}\n${world.log.join('\n')}`)
  return world
}

/** The property that all must hold over any steps. `count` gets the verdicts. */
export const sessionProperty = (
  module: NodeModule,
  weights: Readonly<Record<string, number>>,
  options: Pick<WorldOptions, 'withoutClientRule'> = {},
  count: Record<string, number> = {},
) =>
  fc.property(stepsOf(weights, { maxNumber: 35, minLength: 20, maxLength: 120 }), limits, (steps, bounds) => {
    const { report } = play({ module, ...bounds, ...options }, steps)
    for (const { session } of report.verdicts) count[session] = (count[session] ?? 0) + 1
    count['handled'] = (count['handled'] ?? 0) + report.handled.length
  })
