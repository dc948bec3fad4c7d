import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketReconnect, socketSend } from '../../../../src/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { openSessionTabs } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

describe('a tab of a shared session', () => {
  it('begins where the session is now when it connects again', async () => {
    const { network, say, tabs } = await openSessionTabs(2)
    const [, follower] = tabs
    void follower!.dispatch(socketClose())
    await advanceTime(1_000)
    say('missed')
    await advanceTime(1_000)
    void follower!.dispatch(socketConnect())
    await advanceTime(1_000)
    say('after')
    await advanceTime(1_000)
    expect(follower!.verdicts()).toEqual(['new', 'new'])
    expect(follower!.said()).toEqual(['after'])
    expect(tabs[0]!.said()).toEqual(['missed', 'after'])
    expect(network.server.connections.size).toBe(1)
  })

  it.each([0, 1])('gets the acknowledgements of what it sent when it goes to another url, as tab %i', async (index) => {
    const { handled, tabs } = await openSessionTabs(2)
    const tab = tabs[index]!
    for (let n = 0; n < 50; n++) tab.dispatch(socketSend({ type: 'say', payload: n }))
    void tab.dispatch(socketConnect({ url: 'wss://other.example/ws' }))
    await advanceTime(6_000)
    const acknowledged = tab.payloadsOf<{ ids: string[] }>('socket/acknowledged').flatMap(({ ids }) => ids)
    const dropped = tab.payloadsOf<{ reason: string }>('socket/dropped')
    expect({ handled: handled.length, acknowledged: acknowledged.length, dropped }).toEqual({
      handled: 50,
      acknowledged: 50,
      dropped: [],
    })
  })

  it('leaves no channel behind, neither at a hand-over nor for another url', async () => {
    const { tabs } = await openSessionTabs(2)
    const [tab] = tabs
    const before = tab!.tab.channels
    for (let n = 0; n < 4; n++) {
      void tab!.dispatch(socketReconnect())
      await advanceTime(2_000)
    }
    expect(tab!.tab.channels).toBe(before)
    for (let n = 0; n < 4; n++) {
      void tab!.dispatch(socketConnect({ url: `wss://other.example/ws?token=${n}` }))
      await advanceTime(2_000)
    }
    expect(tab!.tab.channels).toBe(before)
  })

  it('does not keep the session of another url alive', async () => {
    const { network, tabs } = await openSessionTabs(2)
    const removed: string[] = []
    network.server.on('remove', (_connection, { reason }) => void removed.push(reason))
    const [first, second] = tabs
    void second!.dispatch(socketConnect({ url: 'wss://other.example/ws' }))
    await advanceTime(2_000)
    void first!.dispatch(socketClose())
    await advanceTime(4_000)
    expect(removed).toHaveLength(1)
  })
})
