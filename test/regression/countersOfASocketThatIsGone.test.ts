import { describe, expect, it } from '@jest/globals'
import { createSocketActions } from '../../src/index.js'
import { createPage, onPages } from '../unit/page.js'
import { onFakeTime, pass } from '../unit/socket/engine.js'
import { createFakeNetwork, type FakeNetworkOptions } from '../support/fakeWebSocket.js'
import { createTestStore, type StoreOptions } from '../support/store.js'

// The counters are told up to a frame late: what was noted of a socket came into the state after that socket was gone, and stayed there.

const { connect, send } = createSocketActions()

onFakeTime()
onPages()

const openStore = async (options: StoreOptions, fake: FakeNetworkOptions = {}) => {
  const network = createFakeNetwork({ mode: 'accept', ...fake })
  const store = createTestStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    reconnect: { backoff: () => 1_000, random: () => 0 },
    ...options,
  })
  void store.dispatch(connect())
  await pass(1)
  return { network, store }
}

describe('the state of a connection whose socket is gone', () => {
  it('has no latency', async () => {
    const { network, store } = await openStore({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    network.last.receive('pong')
    network.last.drop()
    await pass(100)
    expect(store.state()).toMatchObject({ status: 'reconnecting', latency: null })
  })

  it('has nothing buffered', async () => {
    const { network, store } = await openStore({ queue: { highWaterMark: 10 } }, { slow: true })
    store.dispatch(send('a text longer than ten bytes'))
    await pass(20)
    network.last.drop()
    await pass(100)
    expect(store.state()).toMatchObject({ status: 'reconnecting', buffered: 0, congested: false })
  })

  it('has no retry ahead once that has begun', async () => {
    const page = createPage()
    const { network, store } = await openStore({})
    network.last.drop()
    network.mode = 'manual'
    await pass(1)
    page.setVisible(true)
    await pass(100)
    expect(store.state()).toMatchObject({ status: 'connecting', retryAt: null })
  })

  it('has no retry ahead after a close', async () => {
    const page = createPage()
    const { network, store } = await openStore({ reconnect: { backoff: () => 1_000, random: () => 0.9 } })
    network.mode = 'refuse'
    network.last.drop()
    await pass(1)
    page.setVisible(true)
    void store.dispatch(createSocketActions().close())
    await pass(100)
    expect(store.state()).toMatchObject({ status: 'closed', retryAt: null })
  })
})
