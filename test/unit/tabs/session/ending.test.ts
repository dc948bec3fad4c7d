import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketReconnect, socketSend } from '../../../../src/index.js'
import type { SocketServerSettings } from '../../../../src/server/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import type { StoreOptions } from '../../../support/buildStore.js'
import { openSessionTabs, type SessionTab } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

const send = ({ dispatch }: SessionTab, id: string) => dispatch(socketSend({ type: 'say', payload: id }, { id }))

const setup = async (count: number, options: StoreOptions = {}, settings: SocketServerSettings = {}) => {
  const world = await openSessionTabs(count, options, settings)
  const removed: string[] = []
  world.network.server.on('remove', (_connection, { reason }) => void removed.push(reason))
  return { ...world, removed }
}

const dropsOf = (tab: SessionTab) =>
  tab
    .payloadsOf<{ ids: string[]; reason: string }>('socket/dropped')
    .map(({ ids, reason }) => `${reason} ${ids.join(' ')}`)

const acknowledgedOf = (tab: SessionTab) =>
  tab.payloadsOf<{ readonly ids: string[] }>('socket/acknowledged').flatMap(({ ids }) => ids)

describe('a shared session', () => {
  it('goes on when a page is left while others are open, and ends with the last one', async () => {
    const { network, removed, tabs } = await setup(2)
    tabs[0]!.tab.emit('pagehide')
    await advanceTime(500)
    expect(removed).toEqual([])
    expect(tabs[1]!.verdicts()).toEqual(['new', 'resumed'])
    tabs[1]!.tab.emit('pagehide')
    await advanceTime(100)
    expect(removed).toEqual([''])
    expect(network.links.at(-1)?.received.map(String).at(-1)).toContain('"bye"')
  })

  it('goes on when the app closes the connection in one tab, and ends when it closes it in the last one', async () => {
    const { handled, removed, tabs } = await setup(3)
    const [holder, second, third] = tabs
    send(second!, 'of the second')
    const closed = second!.dispatch(socketClose())
    await advanceTime(1_000)
    await closed
    expect(dropsOf(second!)).toEqual([])
    expect(acknowledgedOf(second!)).toEqual(['of the second'])
    send(holder!, 'of the holder')
    void holder!.dispatch(socketClose())
    await advanceTime(1_000)
    expect(acknowledgedOf(holder!)).toEqual(['of the holder'])
    expect([removed, third!.verdicts()]).toEqual([[], ['new', 'resumed']])
    send(third!, 'of the third')
    void third!.dispatch(socketClose())
    await advanceTime(1_000)
    expect(removed).toEqual([''])
    expect([acknowledgedOf(third!), dropsOf(third!)]).toEqual([['of the third'], []])
    expect(handled).toHaveLength(3)
    void holder!.dispatch(socketConnect())
    await advanceTime(500)
    expect(holder!.verdicts()).toEqual(['new', 'new'])
  })

  it('that the server ends is new in every tab, and what the server has not taken goes out again', async () => {
    const { handled, network, removed, say, tabs } = await setup(3)
    send(tabs[1]!, 'a')
    await advanceTime(50)
    for (const connection of network.server.connections) connection.close(1012, 'restart')
    for (const tab of tabs) send(tab, `late ${tabs.indexOf(tab)}`)
    await advanceTime(1_000)
    expect(removed).toEqual(['restart'])
    for (const tab of tabs) expect([tab.verdicts(), dropsOf(tab)]).toEqual([['new', 'new'], []])
    expect(handled.map(String).toSorted()).toEqual(['a', 'late 0', 'late 1', 'late 2'])
    expect(tabs.flatMap(acknowledgedOf).toSorted()).toEqual(['a', 'late 0', 'late 1', 'late 2'])
    say('after')
    await advanceTime(50)
    for (const tab of tabs) expect(tab.said()).toEqual(['after'])
    expect(network.server.connections.size).toBe(1)
  })

  it('that the server has forgotten is lost once in every tab, and what is in doubt is reported there', async () => {
    const { network, tabs } = await setup(3, { reconnect: { backoff: () => 3_000 } }, { session: { ttl: 1_000 } })
    const [, second] = tabs
    send(second!, 'a')
    await advanceTime(1)
    network.cutLast()
    await advanceTime(5_000)
    for (const tab of tabs) expect(tab.verdicts()).toEqual(['new', 'lost'])
    expect(tabs.map(dropsOf)).toEqual([[], ['indeterminate a'], []])
    await advanceTime(5_000)
    for (const tab of tabs) expect(tab.verdicts()).toEqual(['new', 'lost'])
  })

  it('waits where the server refuses the connection, and goes on with the next one', async () => {
    const { handled, network, tabs } = await setup(2)
    network.links.at(-1)!.close(4401)
    send(tabs[1]!, 'meanwhile')
    await advanceTime(2_000)
    for (const tab of tabs) void tab.dispatch(socketConnect())
    await advanceTime(1_000)
    for (const tab of tabs) expect([tab.verdicts().at(-1), dropsOf(tab)]).toEqual(['resumed', []])
    expect(handled).toEqual(['meanwhile'])
  })

  it('goes on when a follower opens its socket again while its sends are under way', async () => {
    const { handled, tabs } = await setup(2)
    const [, follower] = tabs
    for (let n = 0; n < 5; n++) send(follower!, `a${n}`)
    void follower!.dispatch(socketReconnect())
    for (let n = 0; n < 5; n++) send(follower!, `b${n}`)
    await advanceTime(1_000)
    expect(handled).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4'])
    expect([acknowledgedOf(follower!).length, dropsOf(follower!)]).toEqual([10, []])
  })
})

describe('the bounds of a shared session', () => {
  it('are those of each tab', async () => {
    const { tabs } = await setup(2, { session: { maxMessages: 2 } })
    const deliveries = tabs.map((tab, index) =>
      Array.from({ length: 4 }, (_, n) => (send(tab, `${index}:${n}`) as { readonly delivery: string }).delivery),
    )
    expect(deliveries).toEqual(tabs.map(() => ['sent', 'sent', 'queued', 'queued']))
    await advanceTime(3_000)
    for (const tab of tabs) expect(acknowledgedOf(tab)).toHaveLength(4)
  })

  it('keep the rate that the server allows, for all tabs together', async () => {
    const { handled, tabs, removed } = await setup(3, {}, { rate: { perSecond: 20, burst: 2 } })
    for (const tab of tabs) for (let n = 0; n < 10; n++) send(tab, `${tabs.indexOf(tab)}:${n}`)
    await advanceTime(500)
    expect(handled.length).toBeLessThan(14)
    await advanceTime(2_000)
    expect(handled).toHaveLength(30)
    expect(removed).toEqual([])
  })

  it('lose it for a store that does not take what comes, and not for the others', async () => {
    let isStuck = false
    const codec = {
      encode: (value: unknown) => JSON.stringify(value),
      decode: (frame: unknown) => (isStuck ? new Promise<never>(() => {}) : (JSON.parse(String(frame)) as unknown)),
    }
    const { open, say, tabs } = await setup(2, {}, { session: { maxMessages: 10 } })
    const stuck = open({ codec })
    await advanceTime(300)
    isStuck = true
    for (let n = 0; n < 40; n++) {
      say(n)
      await advanceTime(60)
    }
    isStuck = false
    await advanceTime(3_000)
    expect(stuck.verdicts()).toEqual(['new', 'lost'])
    for (const tab of tabs.slice(0, 2)) {
      expect(tab.verdicts()).toEqual(['new'])
      expect(tab.said()).toEqual(Array.from({ length: 40 }, (_, n) => n))
    }
  })
})
