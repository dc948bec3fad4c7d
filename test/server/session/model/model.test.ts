import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as module from '../../../../src/server/session/nodeSessions.js'
import { harsh, mild, sessionProperty } from './modelProperty.js'

const SEED = Number(process.env['REDUPLEX_MODEL_SEED'] ?? 20_261_128)
const RUNS = Number(process.env['REDUPLEX_MODEL_RUNS'] ?? 2_000)

describe('the state machine of sessions in memory', () => {
  it.each([
    ['cuts and clean closes', mild],
    ['cuts, closes, expiry and processes that die', harsh],
  ])('delivers each message once and in order, or reports it, over %s', (_name, weights) => {
    const count: Record<string, number> = {}
    fc.assert(sessionProperty(module, weights, {}, count), { numRuns: RUNS, seed: SEED })
    // The runs reach what they are about.
    for (const verdict of ['new', 'resumed', 'lost', 'handled']) expect(count[verdict]).toBeGreaterThan(RUNS / 2)
  })
})
