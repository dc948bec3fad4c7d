import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as module from '../../../../src/server/session/nodeSessions.js'
import { buildWithout, type Rule } from './leaveOut.js'
import type { ClientRule } from './modelClient.js'
import { harsh, mild, sessionProperty } from './modelProperty.js'
import type { NodeModule } from './modelWorld.js'

const SEED = 20_261_128

// A test of the model itself: a rule that can be left out without a failure is not tested.
const findFailure = (broken: NodeModule, withoutClientRule?: ClientRule): string => {
  for (const weights of [mild, harsh]) {
    const property = sessionProperty(broken, weights, { withoutClientRule })
    const { errorInstance } = fc.check(property, { numRuns: 6000, seed: SEED, endOnFailure: true })
    if (errorInstance) return (errorInstance as Error).message.split('\n')[0]!
  }
  return 'none'
}

const serverRules: readonly (readonly [sentence: string, rule: Rule, failure: RegExp])[] = [
  [
    'ignores the socket before it from the hello on',
    {
      file: 'sessionNode.ts',
      text: 'state.byLink.delete(link)\n  session.link = undefined\n  link.close',
      without: 'session.link = undefined\n  link.close',
    },
    /handled (twice|after a later one)|got|reported/,
  ],
  [
    'asks for what it has not taken, not for what is not handled',
    {
      file: 'continuing.ts',
      text: 'received: session.taken,',
      without: 'received: (session.taken = session.handled),',
    },
    /handled twice/,
  ],
  [
    'loses a session that is over its bound, and never trims it',
    {
      file: 'sessionOutput.ts',
      text: "lose(state, session, 'overflow', 1013, OVERFLOW)\n    return false",
      without: 'session.out.dropUpTo(session.sent - session.out.count() + 1)',
    },
    /got/,
  ],
  [
    'takes nothing after its bye',
    {
      file: 'nodeSessions.ts',
      text: 'if (!session || session.isEnding) return undefined',
      without: 'if (!session) return undefined',
    },
    /handled/,
  ],
  [
    'refuses a hello that a later one has overtaken',
    { file: 'session.ts', text: 'asked <= turn', without: 'asked < 0' },
    /.+/,
  ],
  [
    'keeps few sessions that were never confirmed',
    {
      file: 'sessionNode.ts',
      text: 'orphansOfNetwork.size > limits.maxOrphans',
      without: 'orphansOfNetwork.size > 1e9',
    },
    /never confirmed/,
  ],
  [
    'sends again what the client has not got',
    { file: 'continuing.ts', text: 'session.cursor = hello.received', without: 'session.cursor = session.sent' },
    /got/,
  ],
]

const clientRules: readonly (readonly [sentence: string, rule: ClientRule])[] = [
  ['never drops a message that has a number', 'dropNumbered'],
  ['does not send again by itself after a loss', 'requeueOnLost'],
  ['ignores the socket before it from its hello on', 'keepOldSocket'],
]

describe('a server that leaves out one rule is found by the model', () => {
  it.each(serverRules)('%s', async (_sentence, rule, failure) => {
    expect(findFailure(await buildWithout(rule))).toMatch(failure)
  })
})

describe('a client that leaves out one rule is found by the model', () => {
  it.each(clientRules)('%s', (_sentence, rule) => {
    expect(findFailure(module, rule)).not.toBe('none')
  })
})
