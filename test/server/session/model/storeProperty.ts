import fc from 'fast-check'
import { stepsOf, type Steps } from '../../../support/session/model/steps.js'
import { mild as memoryMild } from './modelProperty.js'
import type { NodeModule } from './modelWorld.js'
import { microtasks, StoreWorld, type StoreReport, type StoreWorldOptions } from './storeWorld.js'

/** How often each step comes up: cuts and clean closes, or also processes that die, stand still or are cut off from the store, and restarts of it. */
export const mild = { ...memoryMild, flush: 12, carryOut: 3, snapshot: 1 }
/** Processes that die, and a store that keeps everything: no session may be lost. */
export const deadly = { ...mild, kill: 4 }
export const harsh = { ...mild, expire: 1, kill: 1, pause: 1, wake: 3, restart: 1, outage: 1, timeout: 1 }

const problemWithHandled = ({ handled, wasUnclean }: StoreReport): string | undefined => {
  const seen = new Set<string>()
  let last = 0
  for (const { message, isRedelivered } of handled) {
    if (seen.has(message)) {
      if (!isRedelivered) return `${message} is handled twice, and not marked`
      if (!wasUnclean) return `${message} is handled twice without a crash`
      continue
    }
    seen.add(message)
    const order = Number(message.slice(1))
    if (order < last) return `${message} is handled after a later one`
    last = order
  }
  return undefined
}

const problemWithAccepted = ({ accepted, acknowledged, reported, handled }: StoreReport): string | undefined => {
  const seen = new Set(handled.map(({ message }) => message))
  for (const id of accepted) {
    if (acknowledged.has(id) && !seen.has(id)) return `${id} is acknowledged and was never handled`
    if (acknowledged.has(id) && reported.has(id)) return `${id} is acknowledged and reported`
    if (!acknowledged.has(id) && !reported.has(id)) return `${id} is neither acknowledged nor reported`
    if (reported.get(id) === 'overflow' && seen.has(id)) return `${id} is handled and reported as overflow`
  }
  return undefined
}

const problemWithDelivered = (report: StoreReport, current: string | undefined): string | undefined => {
  const { said, delivered, ended, excused } = report
  for (const [id, messages] of said) {
    const got = delivered.get(id) ?? []
    // What is excused may have arrived all the same.
    const expected = messages.filter((message) => !excused.has(message) || got.includes(message))
    if (got.some((message, index) => message !== expected[index]))
      return `session ${id}: got ${got.join()} of ${expected.join()}`
    if ((id === current || ended.has(id)) && got.length !== expected.length)
      return `session ${id} is whole by its verdict, but got ${got.join()} of ${expected.join()}`
  }
  return undefined
}

const problemWithVerdicts = ({ verdicts, ended, wasDestroyed }: StoreReport): string | undefined => {
  let previous: string | undefined
  for (const { session, id } of verdicts) {
    const wasOver = previous === undefined || ended.has(previous)
    if (session === 'resumed' && id !== previous) return `resumed ${id}, but had ${previous}`
    if (session === 'new' && !wasOver) return `a new session, but ${previous} had not ended`
    if (session === 'lost' && wasOver) return 'lost, but there was nothing to lose'
    if (session === 'lost' && !wasDestroyed) return 'lost without a reason'
    previous = id
  }
  return undefined
}

const findProblem = (report: StoreReport, current: string | undefined): string | undefined =>
  problemWithHandled(report) ??
  problemWithAccepted(report) ??
  problemWithDelivered(report, current) ??
  problemWithVerdicts(report)

const play = async (options: StoreWorldOptions, steps: Steps): Promise<StoreWorld> => {
  const world = new StoreWorld(options)
  const run = async (name: string, n: number): Promise<void> => {
    world.log.push(`${name} ${n}`)
    await world.steps[name]!(n)
    await microtasks()
  }
  // Most of what can go wrong needs a session to begin with.
  for (const name of ['connect', 'upAll', 'flush', 'downAll', 'upAll']) await run(name, 0)
  for (const [name, n] of steps) {
    await run(name, n)
    const over = world.overBound()
    if (over) throw new Error(over)
  }
  if (!(await world.calm())) throw new Error(`it does not come to rest\n${world.log.join('\n')}`)
  const problem = world.overBound() ?? findProblem(world.report, world.client.session?.id)
  if (problem) throw new Error(`${problem}\n${world.log.join('\n')}`)
  return world
}

/** The bounds of a run. */
export type Bounds = Omit<StoreWorldOptions, 'module'>

const limits: fc.Arbitrary<Bounds> = fc.record({
  window: fc.integer({ min: 2, max: 8 }),
  maxQueue: fc.integer({ min: 2, max: 12 }),
  maxOut: fc.integer({ min: 4, max: 20 }),
})

/** The property that all must hold over any steps. `count` gets the verdicts, and how often a message came again. */
export const storeProperty = (
  module: NodeModule,
  weights: Readonly<Record<string, number>>,
  count: Record<string, number> = {},
) =>
  fc.asyncProperty(
    stepsOf(weights, { maxNumber: 35, minLength: 20, maxLength: 120 }),
    limits,
    async (steps, bounds) => {
      const { report } = await play({ module, ...bounds }, steps)
      for (const { session } of report.verdicts) count[session] = (count[session] ?? 0) + 1
      for (const { isRedelivered } of report.handled) if (isRedelivered) count['again'] = (count['again'] ?? 0) + 1
    },
  )
