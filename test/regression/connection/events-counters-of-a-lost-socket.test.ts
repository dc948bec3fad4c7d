import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'
import type { FakeServerOptions } from '../../../src/testing/index.js'
import { createHeldServer } from '../../support/heldServer.js'

// The counters are reported up to 16 ms late: what was noted about a socket reached the state after that socket was gone, and stayed there.

const { connect, send } = createSocketActions()

useFakeTime()

const openStore = async (options: StoreOptions, fake: FakeServerOptions = {}) => {
  jest.spyOn(Math, 'random').mockReturnValue(0)
  const network = createHeldServer({ mode: 'accept', ...fake })
  const store = setupStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    reconnect: { backoff: () => 1_000 },
    ...options,
  })
  void store.dispatch(connect())
  await advanceTime(1)
  return { network, store }
}

describe('the state of a connection whose socket is gone', () => {
  it('has no latency', async () => {
    const { network, store } = await openStore({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    network.last.sendRaw('pong')
    network.last.cut()
    await advanceTime(100)
    expect(store.state()).toMatchObject({ status: 'reconnecting', latency: null })
  })

  it('has nothing buffered', async () => {
    const { network, store } = await openStore({ queue: { highWaterMark: 10 } }, { slow: true })
    store.dispatch(send('a text longer than ten bytes'))
    await advanceTime(20)
    network.last.cut()
    await advanceTime(100)
    expect(store.state()).toMatchObject({ status: 'reconnecting', buffered: 0, congested: false })
  })

  it('has no retryAt once the retry has started', async () => {
    const page = createPage()
    const { network, store } = await openStore({})
    network.last.cut()
    network.mode = 'hold'
    await advanceTime(1)
    page.setVisible(true)
    await advanceTime(100)
    expect(store.state()).toMatchObject({ status: 'connecting', retryAt: null })
  })

  it('has no retryAt after a close', async () => {
    const page = createPage()
    const { network, store } = await openStore({ reconnect: { backoff: () => 1_000 } })
    network.mode = 'refuse'
    network.last.cut()
    await advanceTime(1)
    page.setVisible(true)
    void store.dispatch(createSocketActions().close())
    await advanceTime(100)
    expect(store.state()).toMatchObject({ status: 'closed', retryAt: null })
  })
})
