import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as module from '../../../../src/server/session/nodeSessions.js'
import { buildWithout, type Rule } from './leaveOut.js'
import { deadly, harsh, mild, storeProperty } from './storeProperty.js'

const SEED = Number(process.env['SEED'] ?? 20_261_129)

describe('the state machine of two processes with a store', () => {
  it.each([
    ['cuts and clean closes', mild],
    ['kills, pauses, outages, expiry and restarts of the store', harsh],
  ])('delivers each message once and in order, or reports or marks it, over %s', async (_name, weights) => {
    const count: Record<string, number> = {}
    const property = storeProperty(module, weights, count)
    await fc.assert(property, { numRuns: Number(process.env['RUNS'] ?? 800), seed: SEED })
    // The runs reach what they are about.
    const { resumed = 0, lost = 0, again = 0 } = count
    expect(resumed).toBeGreaterThan(400)
    expect(Math.min(lost, again)).toBeGreaterThanOrEqual(weights === harsh ? 50 : 0)
  })
})

// A test of the model itself: a rule that can be left out without a failure is not tested.
const findFailure = async (rule: Rule): Promise<string> => {
  const broken = await buildWithout(rule)
  for (const weights of [mild, deadly]) {
    const options = { numRuns: 2_000, seed: SEED, endOnFailure: true }
    // oxlint-disable-next-line no-await-in-loop -- the faults only when they are needed
    const { errorInstance } = await fc.check(storeProperty(broken, weights), options)
    if (errorInstance) return (errorInstance as Error).message.split('\n')[0]!
  }
  return 'none'
}

const rules: readonly (readonly [sentence: string, rule: Rule, failure: RegExp])[] = [
  [
    'asks the former owner first',
    { file: 'greeting.ts', text: 'await store.requestRelease(found.node, hash, hello.turn)', without: ';' },
    /twice/,
  ],
  [
    'sends a frame only when the store has it',
    { file: 'sessionOutput.ts', text: 'session.cursor < session.stored', without: 'session.cursor < session.sent' },
    /.+/,
  ],
  [
    'tells the client what is handled only when the store has it',
    {
      file: 'sessionInput.ts',
      text: 'if (state.store) save(state, session)\n  else setSaved',
      without: 'if (state.store) save(state, session)\n  setSaved',
    },
    /.+/,
  ],
  [
    'marks what is in doubt',
    { file: 'nodeSessions.ts', text: 'isRedelivered: number <= session.doubt', without: 'isRedelivered: false' },
    /not marked/,
  ],
  [
    'saves all that was sent before it releases a session',
    { file: 'ownership.ts', text: 'session.stored < session.sent', without: 'session.stored < 0' },
    /.+/,
  ],
]

describe('a process that leaves out one rule is found by the model', () => {
  it.each(rules)('%s', async (_sentence, rule, failure) => {
    const found = await findFailure(rule)
    expect(found).toMatch(failure)
    expect(found).not.toBe('none')
  })
})
