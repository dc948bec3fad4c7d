import { expect, it } from '@jest/globals'
import { jsonRpc, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionTabs } from '../../support/tabs/sessionTabs.js'

// Each tab tells a new one what it has at the server, but a page that sleeps tells nothing: as the next holder the new tab did not end it.

useFakeTime({ performance: true })

it('a tab that opens while another one sleeps ends what that one has at the server once it misses a message', async () => {
  const { network, open, say, tabs } = await openSessionTabs(2, { protocol: jsonRpc() })
  const [connection] = network.server.connections
  tabs[1]!.dispatch(socketSubscribe('news'))
  await advanceTime(500)
  tabs[1]!.tab.emit('freeze')
  await advanceTime(500)
  const last = open()
  await advanceTime(1_000)
  tabs[0]!.tab.emit('pagehide')
  await advanceTime(1_000)
  expect([last.verdicts(), connection!.subscriptions.length]).toEqual([['new', 'resumed'], 1])
  say('missed')
  await advanceTime(1_000)
  expect(connection!.subscriptions).toHaveLength(0)
})
