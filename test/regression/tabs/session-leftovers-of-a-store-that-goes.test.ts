import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { jsonRpc, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTab, openSessionTabs } from '../../support/tabs/sessionTabs.js'

// The tab told the others to forget what it had at the server, so that stayed until the session ended.

useFakeTime({ performance: true })

const setup = async (count: number) => {
  const net = await openSessionTabs(count, { protocol: jsonRpc() })
  const [connection] = net.network.server.connections
  const channels = () => connection!.subscriptions.map(({ channel }) => channel)
  return { ...net, channels }
}

const roles = [
  ['follows', 1],
  ['holds the connection', 0],
] as const

describe('the subscriptions of a shared session', () => {
  it.each(roles)('end with the store of a tab that %s when it is disposed of', async (_role, index) => {
    const { channels, tabs } = await setup(2)
    tabs[index]!.dispatch(socketSubscribe('news'))
    tabs[1 - index]!.dispatch(socketSubscribe('weather'))
    await advanceTime(500)
    expect(channels()).toEqual(expect.arrayContaining(['news', 'weather']))
    tabs[index]!.dispose()
    await advanceTime(2_000)
    expect(channels()).toEqual(['weather'])
  })

  it('end with a store that is disposed of right after it has subscribed', async () => {
    const { channels, tabs } = await setup(2)
    tabs[1]!.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    expect(channels()).toEqual(['news'])
    tabs[1]!.dispose()
    await advanceTime(2_000)
    expect(channels()).toEqual([])
  })

  it.each(roles)('end when their tab, which %s, connects to another address', async (_role, index) => {
    const { channels, network, tabs } = await setup(2)
    tabs[index]!.dispatch(socketSubscribe('news'))
    await advanceTime(500)
    void tabs[index]!.dispatch(socketConnect({ url: 'wss://server.example/other' }))
    await advanceTime(3_000)
    const [, other] = network.server.connections
    expect(channels()).toEqual([])
    expect(other!.subscriptions).toHaveLength(1)
  })

  it.each([0, 1])(
    'end with one of two stores of a page, also the one that came %s. to the connection',
    async (index) => {
      const { channels, tabs } = await setup(1)
      const second = openSessionTab(tabs[0]!.tab, { protocol: jsonRpc() })
      await advanceTime(300)
      const stores = [tabs[0]!, second]
      for (const store of stores) store.dispatch(socketSubscribe(`news ${stores.indexOf(store)}`))
      await advanceTime(500)
      stores[index]!.dispose()
      await advanceTime(2_000)
      expect(channels()).toEqual([`news ${1 - index}`])
      stores[1 - index]!.dispose()
      await advanceTime(1_000)
    },
  )
})
