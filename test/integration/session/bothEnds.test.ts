import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { useFakeTime } from '../../support/fakeTime.js'
import { bothEndsProperty, harsh, mild, reloads } from './bothEnds/bothEndsProperty.js'
import { pinned, pinnedReloads } from './bothEnds/pinned.js'

// The client and the server of the library over links that delay, lose, double and cut. `npm run soak -- model` plays more.

const SEED = Number(process.env['REDUPLEX_MODEL_SEED'] ?? 20_261_129)
const RUNS = Number(process.env['REDUPLEX_MODEL_RUNS'] ?? (__DEV__ ? 667 : 100))

describe('a client and a server over links that fail', () => {
  useFakeTime({ performance: true })

  it.each([
    ['links that fail', mild],
    ['links that fail, servers that end and clients that leave', harsh],
    ['links that fail, and pages that are reloaded or killed', reloads],
  ])(
    'deliver each message once and in order, or report it: %s',
    async (_name, weights) => {
      const verdicts = new Set<string>()
      const property = bothEndsProperty(weights, (account) => account.verdicts.forEach((one) => verdicts.add(one)))
      await fc.assert(property, { numRuns: RUNS, seed: SEED, examples: weights === reloads ? pinnedReloads : pinned })
      expect([...verdicts]).toEqual(expect.arrayContaining(['lost', 'new', 'resumed']))
    },
    3_600_000,
  )
})
