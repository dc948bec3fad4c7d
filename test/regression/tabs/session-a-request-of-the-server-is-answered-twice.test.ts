import { expect, it } from '@jest/globals'
import { socketReconnect } from '../../../src/index.js'
import { jsonRpc } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { ADDRESS } from '../../support/tabs/tabSocket.js'
import { openSessionTabs } from '../../support/tabs/sessionTabs.js'

useFakeTime({ performance: true })

// A request that waited in a tab for its next connection was answered there when that tab became the holder, although the holder before it had answered.
it('a request of the server that the holder has answered is not answered by the next holder', async () => {
  const { network, open } = await openSessionTabs(0)
  const calls: string[] = []
  const protocolOf = (name: string) =>
    jsonRpc({
      methods: {
        ask: () => {
          calls.push(name)
          return name
        },
      },
    })
  const holder = open({ protocol: protocolOf('holder') })
  await advanceTime(100)
  let urlDelay = 0
  const url = async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, urlDelay)
    })
    return ADDRESS
  }
  const other = open({ protocol: protocolOf('other'), url })
  await advanceTime(100)
  const [connection] = network.server.connections
  // It is between two connections.
  urlDelay = 50
  void other.dispatch(socketReconnect())
  const answer = connection!.request('ask')
  await advanceTime(20)
  expect(await answer).toBe('holder')
  holder.tab.crash()
  await advanceTime(1_000)
  expect(other.verdicts()).toEqual(['new', 'resumed'])
  expect(calls).toEqual(['holder'])
  // From now on it answers.
  const later = connection!.request('ask')
  await advanceTime(10)
  expect([await later, calls]).toEqual(['other', ['holder', 'other']])
})
