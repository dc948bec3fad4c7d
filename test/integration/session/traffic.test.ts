import { describe, expect, it } from '@jest/globals'
import { runSessionTraffic } from '../../support/session/sessionTraffic.js'

// `npm run soak -- session` runs the same for ten minutes.
describe('clients whose connections are cut again and again', () => {
  it('send and get each message once and in order, in both directions and in a channel', async () => {
    const { faults, left, totals } = await runSessionTraffic({
      clients: 5,
      cutEvery: [50, 500],
      sendEvery: 20,
      seed: 3,
      isOver: ({ cuts }) => cuts >= 40,
    })
    expect(faults).toEqual({ lost: 0, doubled: 0, reordered: 0 })
    expect([totals.reported, totals.failedRequests, totals.problems, left]).toEqual([0, 0, [], 0])
    expect(Object.keys(totals.verdicts).sort()).toEqual(['new', 'resumed'])
    expect(totals.verdicts['new']).toBe(5)
  })
})
