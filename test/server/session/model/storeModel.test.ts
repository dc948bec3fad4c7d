import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as module from '../../../../src/server/session/nodeSessions.js'
import { buildWithout, type Rule } from './leaveOut.js'
import { deadly, harsh, mild, storeProperty, type Bounds } from './storeProperty.js'

const SEED = Number(process.env['SEED'] ?? 20_261_129)

/** Reads steps: a name, and a number that is not 0 after a colon. */
const stepsIn = (text: string): [name: string, n: number][] =>
  text.split(' ').map((step) => {
    const [name = '', n = '0'] = step.split(':')
    return [name, Number(n)]
  })

/** Sequences that once failed, and that chance finds in one of thousands. */
const examples: [steps: [name: string, n: number][], limits: Bounds][] = [
  // The answer to a release is lost; the former owner goes on to save what it handles.
  [
    stepsIn(
      'clientSend clientSend connect:7 serverSend upAll flush:31 flush settle acks up acks flush flush:3 cut serverSend up serverSend settle:3 carryOut down settle:31 up up wake flush:9 outage serverSend up',
    ),
    { window: 2, maxQueue: 2, maxOut: 4 },
  ],
  // The store has lost its data while two processes have a session; one releases what the other has restored.
  [
    stepsIn(
      'connect:3 up:13 flush:9 timeout carryOut:15 restart:1 flush:3 serverSend snapshot up clientSend connect connect clientSend settle acks down flush down serverSend:7 clientSend clientSend clientSend serverSend:7 serverSend:7 settle up up',
    ),
    { window: 2, maxQueue: 2, maxOut: 4 },
  ],
]

describe('the state machine of two processes with a store', () => {
  it.each([
    ['cuts and clean closes', mild],
    ['kills, pauses, outages, expiry and restarts of the store', harsh],
  ])('delivers each message once and in order, or reports or marks it, over %s', async (_name, weights) => {
    const count: Record<string, number> = {}
    const property = storeProperty(module, weights, count)
    await fc.assert(property, { numRuns: Number(process.env['RUNS'] ?? 800), seed: SEED, examples })
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
    const options = { numRuns: 2_000, seed: SEED, endOnFailure: true, examples }
    // oxlint-disable-next-line no-await-in-loop -- the faults only when they are needed
    const { errorInstance } = await fc.check(storeProperty(broken, weights), options)
    if (errorInstance) return (errorInstance as Error).message.split('\n')[0]!
  }
  return 'none'
}

const rules: readonly (readonly [sentence: string, rule: Rule, failure: RegExp])[] = [
  [
    'asks the former owner first',
    { file: 'greeting.ts', text: 'await store!.requestRelease(found.node, hash, hello.turn)', without: ';' },
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
    'reports what the store has not had when it releases a session',
    { file: 'ownership.ts', text: '  reportUnstored(state, session)\n', without: '' },
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
