import { describe, expect, it } from '@jest/globals'
import { socketClose } from '../../../../src/index.js'
import { jsonRpc, socketRequestStream, socketSubscribe } from '../../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { openSessionTabs } from '../../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

type Network = Awaited<ReturnType<typeof openSessionTabs>>
type SessionTab = ReturnType<Network['open']>

const ways: Readonly<Record<string, (tab: SessionTab) => Promise<void>>> = {
  'closes the connection': async (tab) => {
    void tab.dispatch(socketClose())
    await advanceTime(1_000)
  },
  'is left': async (tab) => {
    tab.tab.emit('pagehide')
    await advanceTime(5)
    tab.tab.crash()
    await advanceTime(1_000)
  },
}

describe('a tab of a shared session', () => {
  it.each(Object.keys(ways))('ends its subscriptions at the server when it %s', async (way) => {
    const net = await openSessionTabs(1, { protocol: jsonRpc() })
    const [connection] = net.network.server.connections
    net.tabs[0]!.dispatch(socketSubscribe('news'))
    const tab = net.open()
    await advanceTime(300)
    tab.dispatch(socketSubscribe('news'))
    tab.dispatch(socketSubscribe('weather'))
    await advanceTime(300)
    expect(connection?.subscriptions).toHaveLength(3)
    await ways[way]?.(tab)
    expect(connection?.subscriptions.map(({ channel }) => channel)).toEqual(['news'])
    expect(net.network.server.connections.size).toBe(1)
  })

  it.each(Object.keys(ways))('ends the replies in chunks that it reads when it %s', async (way) => {
    const net = await openSessionTabs(1, { protocol: jsonRpc() })
    const ended: string[] = []
    net.network.server.methods({
      count: async function* () {
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          ended.push('count')
        }
      },
    })
    const tab = net.open()
    await advanceTime(300)
    const reading = tab.dispatch(socketRequestStream<number>('count'))[Symbol.asyncIterator]()
    void reading.next()
    await advanceTime(300)
    await ways[way]?.(tab)
    expect(ended).toEqual(['count'])
  })
})
