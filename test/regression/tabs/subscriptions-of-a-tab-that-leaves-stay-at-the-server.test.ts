import { describe, expect, it } from '@jest/globals'
import { socketClose, socketReconnect } from '../../../src/index.js'
import { jsonRpc, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { sharedSubscriptionsFeature } from '../../../src/tabs/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openStore, type TabStore } from '../../support/tabs/tabStore.js'
import { createTabWorld, type WorldTab } from '../../support/tabs/tabWorld.js'

// The connection goes on for the other tabs, and the server went on with what a tab had asked for that had left it: each page load of a tab added subscriptions.

useFakeTime({ performance: true })

interface Call {
  readonly id?: number
  readonly method: string
  readonly params: { readonly channel?: string; readonly id?: unknown }
}

/** A server that accepts subscriptions, and answers no request. */
const setup = async (count: number, create?: typeof createSocketMiddleware) => {
  const world = createTabWorld()
  const open = (tab: WorldTab) => openStore(tab, { protocol: jsonRpc(), ...(create && { create }) })
  const tabs = Array.from({ length: count }, () => world.open())
  const stores = tabs.map(open)
  await advanceTime(50)
  const { server } = world
  const active = new Set<string>()
  server.reply(
    () => true,
    (message) => {
      const { id, method, params } = message as Call
      if (method === 'subscribe') active.add(`s${id}`)
      if (method === 'unsubscribe') active.delete(String(params.id))
      return method === 'subscribe' ? { jsonrpc: '2.0', id, result: { id: `s${id}` } } : undefined
    },
  )
  return { ...world, active, open, stores, tabs }
}

const ways: Readonly<Record<string, (tab: WorldTab, store: TabStore) => unknown>> = {
  'closes the connection': async (_tab, store) => await store.dispatch(socketClose()),
  'disposes of its store': (_tab, store) => store.dispose(),
  'is left': (tab) => tab.emit('pagehide'),
  'is frozen': (tab) => tab.emit('freeze'),
}

describe('what a tab has asked for ends at the server', () => {
  it.each(Object.keys(ways))('when it %s', async (way) => {
    const { active, server, stores, tabs } = await setup(2)
    for (const store of stores) store.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    expect(active.size).toBe(2)
    void stores[1]!.dispatch(socketRequest('slow'))
    await advanceTime(20)
    void ways[way]?.(tabs[1]!, stores[1]!)
    await advanceTime(50)
    expect(active.size).toBe(1)
    expect(server.last.received.filter((call) => (call as Call).method === '$/cancelRequest')).toHaveLength(1)
    expect(server.connections).toHaveLength(1)
  })

  it('when it connects again: what it wants then is there once', async () => {
    const { active, stores } = await setup(2)
    for (const store of stores) store.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    for (let n = 0; n < 3; n++) {
      void stores[1]!.dispatch(socketReconnect())
      await advanceTime(100)
    }
    expect(stores[1]!.state().status).toBe('open')
    expect(active.size).toBe(2)
  })

  it('unless it holds the connection, which ends with it', async () => {
    const { server, stores } = await setup(2)
    stores[0]!.dispatch(socketSubscribe('news'))
    await advanceTime(50)
    const [first] = server.connections
    void stores[0]!.dispatch(socketClose())
    await advanceTime(200)
    expect(first!.received.map((call) => (call as Call).method)).toEqual(['subscribe'])
    expect(server.connections).toHaveLength(2)
  })

  it('unless other tabs may share it', async () => {
    const { active, stores } = await setup(2, createSocketMiddleware.with(sharedSubscriptionsFeature))
    for (const store of stores) store.dispatch(socketSubscribe('news', undefined, { shared: true }))
    await advanceTime(50)
    expect(active.size).toBe(1)
    void stores[1]!.dispatch(socketClose())
    await advanceTime(100)
    expect(active.size).toBe(1)
  })
})
