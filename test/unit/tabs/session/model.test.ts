import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { useFakeTime } from '../../../support/fakeTime.js'
import { playSession, sessionSteps } from '../../../support/tabs/sessionModel.js'

useFakeTime()

describe('tabs with one session that come, go, crash, freeze and get stuck', () => {
  it('get each message and deliver each send once and in order, or report it', async () => {
    const step = fc.tuple(fc.constantFrom(...sessionSteps), fc.nat(40))
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 30), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
        expect(await playSession(seed, steps)).toBeUndefined()
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    )
  })
})
