import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { useFakeTime } from '../../../support/fakeTime.js'
import { playSession, sessionSteps, type SessionStep } from '../../../support/tabs/sessionModel.js'

const SEED = Number(process.env['REDUPLEX_MODEL_SEED'] ?? 20_261_129)
const RUNS = Number(process.env['REDUPLEX_MODEL_RUNS'] ?? 300)

useFakeTime({ performance: true })

/** Steps that have shown a fault, or that show one when a rule is left out. */
const pinned: [rule: string, seed: number, steps: SessionStep[]][] = [
  [
    'what a page has posted before is awaited',
    4,
    [
      ['reconnect', 0],
      ['wait', 4],
      ['burst', 10],
      ['crash', 0],
    ],
  ],
  [
    'what the server has not taken loses its number',
    0,
    [
      ['send', 0],
      ['cut', 0],
    ],
  ],
  [
    'a tab that joins asks the others',
    0,
    [
      ['cut', 0],
      ['open', 0],
    ],
  ],
  [
    'a turn is told before it is used',
    969875058,
    [
      ['reconnect', 6],
      ['wait', 2],
      ['leave', 0],
    ],
  ],
  ['a tab without a connection to answer waits', 0, [['leave', 0]]],
  [
    'a tab that knows too little gives the session up for itself',
    118409487,
    [
      ['leave', 0],
      ['freeze', 3],
      ['open', 0],
      ['end', 4],
      ['burst', 12],
      ['cutUnnoticed', 0],
    ],
  ],
  [
    'a tab that sleeps forgets a turn of which it has no state',
    0,
    [
      ['freeze', 0],
      ['open', 0],
      ['close', 4],
      ['wait', 22],
      ['connect', 0],
      ['freeze', 1],
    ],
  ],
  [
    'a page that is left writes nothing that its notes do not name',
    0,
    [
      ['burst', 0],
      ['close', 0],
    ],
  ],
  [
    'a page that is left writes nothing that its notes do not name, with more tabs',
    106875306,
    [
      ['send', 11],
      ['unstick', 36],
      ['open', 4],
      ['close', 0],
    ],
  ],
  [
    'a tab that leaves while its page is gone has no place any more',
    0,
    [
      ['send', 3],
      ['close', 3],
    ],
  ],
  [
    'a page that falls asleep while it asks the others asks them again',
    37836155,
    [
      ['crash', 9],
      ['freeze', 0],
      ['open', 0],
      ['wait', 12],
      ['reconnect', 4],
      ['cutUnnoticed', 24],
    ],
  ],
  [
    'a store that is about to join keeps the session of its page',
    0,
    [
      ['close', 3],
      ['leave', 0],
      ['open', 0],
    ],
  ],
  [
    'a page that wakes listens again for a socket that its sleep has not closed',
    708062191,
    [
      ['reconnect', 0],
      ['freeze', 0],
    ],
  ],
  [
    'a tab that wakes at once does not take its own last notes for those of another one',
    304072258,
    [
      ['close', 0],
      ['subscribe', 0],
      ['wait', 30],
      ['freeze', 0],
    ],
  ],
]

describe('tabs with one session that come, go, crash, freeze and get stuck', () => {
  it.each(pinned)('get each message and deliver each send once: %s', async (_rule, seed, steps) => {
    expect(await playSession(seed, steps)).toBeUndefined()
  })

  it(
    'get each message and deliver each send once and in order, or report it',
    async () => {
      const step = fc.tuple(fc.constantFrom(...sessionSteps), fc.nat(40))
      await fc.assert(
        fc.asyncProperty(fc.nat(2 ** 30), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
          expect(await playSession(seed, steps)).toBeUndefined()
        }),
        { seed: SEED, numRuns: RUNS },
      )
    },
    RUNS * 200 + 30_000,
  )
})
