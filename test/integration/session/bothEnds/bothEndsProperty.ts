import fc from 'fast-check'
import { stepsOf, type Steps } from '../../../support/session/model/steps.js'
import { findFault, type Account } from './account.js'
import type { Bounds } from './modelStore.js'
import { messageOf } from '../../../../src/internal/errors.js'
import { World } from './world.js'

const show = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part))

/** How often each step comes up. Faults are rarer than traffic. */
export const mild = {
  send: 12,
  request: 3,
  tell: 12,
  up: 12,
  down: 12,
  upAll: 6,
  downAll: 6,
  newest: 6,
  cut: 4,
  abandon: 3,
  settle: 6,
  time: 8,
  sleep: 1,
  freezeClient: 1,
  freezeServer: 1,
  duplicate: 4,
  handover: 1,
  connect: 1,
}

/** And with what ends a session. */
export const harsh = { ...mild, leave: 1, deploy: 1, kill: 1, expire: 1, refuse: 1 }

/** With a storage, and pages that are reloaded or killed. Little of what ends a session otherwise: most records are of a session that the server has. */
export const reloads = {
  ...mild,
  request: 1,
  send: 20,
  upAll: 10,
  newest: 14,
  cut: 2,
  abandon: 2,
  settle: 3,
  commit: 24,
  reload: 4,
  killPage: 5,
  deploy: 1,
  kill: 1,
  expire: 1,
  refuse: 1,
}

const boundsWith = (hasStorage: boolean) =>
  fc.record({
    hasStorage: fc.constant(hasStorage),
    window: fc.integer({ min: 2, max: 8 }),
    maxQueue: fc.integer({ min: 2, max: 12 }),
    maxOut: fc.integer({ min: 6, max: 30 }),
    hasRate: fc.boolean(),
    hasTerminate: fc.boolean(),
  })

const playIn = async (world: World, steps: Steps): Promise<Account> => {
  // Most of what can go wrong needs a session to begin with.
  for (const name of ['time', 'upAll', 'downAll', 'upAll', 'downAll', ...steps]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await (typeof name === 'string' ? world.take(name, 0) : world.take(...name))
  }
  const atRest = await world.calm()
  if (!atRest) throw new Error(`it does not come to rest: ${world.describe()}`)
  // It still works.
  await world.take('send', 0)
  await world.take('tell', 0)
  if (!(await world.calm())) throw new Error(`it has stopped to work: ${world.describe()}`)
  await world.expireOthers()
  const fault = findFault(world.account) ?? world.findFaultOfStorage()
  if (fault !== undefined) throw new Error(fault)
  return world.account
}

const playOnce = async (bounds: Bounds, steps: Steps, hasLog: boolean): Promise<Account> => {
  const world = new World(bounds, hasLog)
  try {
    return await playIn(world, steps)
  } catch (error) {
    const lines = world.account.log?.map((line) => line.map(show).join(' ')) ?? []
    throw new Error([messageOf(error), ...lines].join('\n'), { cause: error })
  } finally {
    await world.dispose()
  }
}

/** Plays steps, then calm. @throws when a promise was broken, with all that happened */
const play = async (bounds: Bounds, steps: Steps): Promise<Account> => {
  try {
    return await playOnce(bounds, steps, false)
  } catch {
    return await playOnce(bounds, steps, true)
  }
}

/** Each message arrives once and in order, or is reported, whatever the steps are. */
export const bothEndsProperty = (
  weights: Readonly<Record<string, number>>,
  onPlayed: (account: Account) => void = () => {},
) =>
  fc.asyncProperty(
    boundsWith('reload' in weights),
    stepsOf(weights, { maxNumber: 59, minLength: 10, maxLength: 60 }),
    async (bounds, steps) => onPlayed(await play(bounds, steps)),
  )
