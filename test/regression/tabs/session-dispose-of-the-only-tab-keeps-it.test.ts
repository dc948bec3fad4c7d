import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTab, openSessionTabs } from '../../support/tabs/sessionTabs.js'

// The tab asked which others there are, and its socket was closed before the answer: the session waited at the server for its ttl.

useFakeTime({ performance: true })

describe('a shared session', () => {
  it.each([1, 2])('ends when the store of the last of %s tabs is disposed of', async (count) => {
    const { network, tabs } = await openSessionTabs(count)
    for (const { dispose } of tabs.toReversed()) {
      expect(network.server.connections.size).toBe(1)
      dispose()
      await advanceTime(1_000)
    }
    expect(network.server.connections.size).toBe(0)
  })

  it('goes on when one of two tabs, or of two stores of a page, is disposed of', async () => {
    const { network, tabs } = await openSessionTabs(2)
    const second = openSessionTab(tabs[0]!.tab)
    await advanceTime(100)
    tabs[0]!.dispose()
    await advanceTime(1_000)
    tabs[1]!.dispose()
    await advanceTime(1_000)
    expect([second.verdicts().includes('lost'), network.server.connections.size]).toEqual([false, 1])
    second.dispose()
    await advanceTime(1_000)
    expect(network.server.connections.size).toBe(0)
  })
})
