import { describe, expect, it } from '@jest/globals'
import { socketClose, socketReconnect, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTab, openSessionTabs } from '../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

const openStores = async () => {
  const world = await openSessionTabs(1)
  const [first] = world.tabs
  const removed: string[] = []
  world.network.server.on('remove', (_connection, { reason }) => void removed.push(reason))
  const openSecond = () => openSessionTab(first!.tab, { reconnect: { backoff: () => 200 } })
  return { ...world, first: first!, openSecond, removed }
}

describe('two stores of one page that share a session', () => {
  // Only stores with an open port counted.
  it('keep it when one is closed while the other one reconnects', async () => {
    const { first, openSecond, removed } = await openStores()
    const second = openSecond()
    await advanceTime(100)
    void second.dispatch(socketReconnect())
    void first.dispatch(socketClose())
    await advanceTime(1_000)
    expect([
      second
        .verdicts()
        .slice(1)
        .filter((verdict) => verdict !== 'resumed'),
      removed,
    ]).toEqual([[], []])
    second.dispose()
    await advanceTime(1_000)
  })

  it('end it when both are closed at once', async () => {
    const { first, openSecond, removed } = await openStores()
    const second = openSecond()
    await advanceTime(100)
    for (const store of [first, second]) void store.dispatch(socketClose())
    await advanceTime(1_000)
    expect(removed).toEqual([''])
  })

  // The store of the holder's port closed it first, and with it the port of the other store, which then got no answer to its `bye`.
  it('both get their acknowledgements when both are closed at once', async () => {
    const { first, handled, openSecond } = await openStores()
    const second = openSecond()
    await advanceTime(100)
    const stores = [first, second]
    for (const store of stores) store.dispatch(socketSend({ type: 'say', payload: stores.indexOf(store) }))
    for (const store of stores) void store.dispatch(socketClose())
    await advanceTime(1_000)
    expect(new Set(handled)).toEqual(new Set([0, 1]))
    for (const store of stores) {
      expect(store.payloadsOf('socket/dropped')).toEqual([])
      expect(store.payloadsOf('socket/acknowledged')).toHaveLength(1)
    }
  })
})
