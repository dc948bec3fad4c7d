import { describe, expect, it } from '@jest/globals'
import { socketSend } from '../../../../src/index.js'
import { selectSession, selectUnacknowledged } from '../../../../src/session/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { openSessionTabs, type SessionTab } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

const send = ({ dispatch }: SessionTab, id: string) => dispatch(socketSend({ type: 'say', payload: id }, { id }))

const acknowledged = (tab: SessionTab) =>
  tab.payloadsOf<{ readonly ids: string[] }>('socket/acknowledged').flatMap(({ ids }) => ids)

describe('one session for all tabs', () => {
  it('is one at the server, and each tab gets each message once and in order', async () => {
    const { network, say, tabs } = await openSessionTabs(3)
    expect(network.server.connections.size).toBe(1)
    expect(tabs.map((tab) => tab.state().status)).toEqual(['open', 'open', 'open'])
    expect(tabs.map((tab) => selectSession(tab.app() as never))).toEqual(['new', 'new', 'new'])
    for (let n = 0; n < 20; n++) say(n)
    await advanceTime(20)
    for (const tab of tabs) expect(tab.said()).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  it('passes the sends of each tab on once and acknowledges them in that tab', async () => {
    const { handled, tabs } = await openSessionTabs(3)
    const ids = tabs.map((_, tab) => Array.from({ length: 10 }, (_unused, n) => `${tab}:${n}`))
    for (let n = 0; n < 10; n++) tabs.forEach((tab, index) => send(tab, ids[index]![n]!))
    await advanceTime(20)
    expect(selectUnacknowledged(tabs[1]!.app() as never)).toEqual(ids[1])
    await advanceTime(500)
    tabs.forEach((tab, index) => {
      expect(handled.filter((id) => String(id).startsWith(`${index}:`))).toEqual(ids[index])
      expect(acknowledged(tab)).toEqual(ids[index])
      expect(selectUnacknowledged(tab.app() as never)).toEqual([])
    })
    expect(handled).toHaveLength(30)
  })

  it('goes on when the tab that holds the connection crashes', async () => {
    const { handled, network, say, tabs } = await openSessionTabs(3)
    const [first, ...others] = tabs
    send(others[0]!, 'before')
    say('before')
    await advanceTime(1)
    first!.tab.crash()
    send(others[0]!, 'after')
    send(others[1]!, 'other')
    say('after')
    await advanceTime(500)
    for (const tab of others) {
      expect(tab.said()).toEqual(['before', 'after'])
      expect(tab.verdicts()).toEqual(['new', 'resumed'])
      expect(tab.payloadsOf('socket/dropped')).toEqual([])
    }
    expect(handled.map(String).toSorted()).toEqual(['after', 'before', 'other'])
    await advanceTime(500)
    expect(acknowledged(others[0]!)).toEqual(['before', 'after'])
    expect(network.server.connections.size).toBe(1)
  })
})
