import { expect, it } from '@jest/globals'
import { jsonRpc, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTabs } from '../../support/tabs/sessionTabs.js'

// Changes are told a quarter of a second later: the page was asleep by then.

useFakeTime({ performance: true })

it('a page that sleeps right after it has subscribed ends that at the server once it misses a message', async () => {
  const { network, say, tabs } = await openSessionTabs(2, { protocol: jsonRpc() })
  const [connection] = network.server.connections
  tabs[1]!.dispatch(socketSubscribe('news'))
  await advanceTime(100)
  tabs[1]!.tab.emit('freeze')
  await advanceTime(500)
  expect(connection!.subscriptions).toHaveLength(1)
  say('missed')
  await advanceTime(500)
  expect(connection!.subscriptions).toHaveLength(0)
})
