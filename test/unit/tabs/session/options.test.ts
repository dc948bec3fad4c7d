import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketConnect } from '../../../../src/index.js'
import { sessionFeature } from '../../../../src/session/index.js'
import { jsonRpc } from '../../../../src/rpc/index.js'
import { createSharedWebSocket, sharedSessionFeature, sharedSubscriptionsFeature } from '../../../../src/tabs/index.js'
import { buildStore, type StoreOptions } from '../../../support/buildStore.js'
import { createFakeServer } from '../../../../src/testing/index.js'
import { advanceTime, useFakeTime } from '../../../support/fakeTime.js'
import { disposeAfterTest } from '../../../support/leaks.js'
import { inDevelopment } from '../../../support/mode.js'
import { createSessionNetwork } from '../../../support/tabs/sessionNetwork.js'
import { openStore } from '../../../support/tabs/tabStore.js'
import { createTabWorld, withGlobals } from '../../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

const create = createSocketMiddleware.with(sessionFeature, sharedSessionFeature) as never
const storage = { open: () => ({}) } as never

/** A class as `createSharedWebSocket` returns it in jsdom, which lacks Web Locks. */
const createInJsdom = (WebSocket: unknown) => withGlobals({ navigator: {}, WebSocket }, () => createSharedWebSocket())

describe('the option session beside a shared socket', () => {
  it('is refused without sharedSessionFeature', () => {
    const tab = createTabWorld().open()
    expect(() => openStore(tab, { session: {} })).toThrow(expect.objectContaining({ code: 'session_in_tabs' }))
  })

  it('is refused with a storage', () => {
    const tab = createTabWorld().open()
    const options: StoreOptions = { create, session: { storage } }
    expect(() => openStore(tab, options)).toThrow(expect.objectContaining({ code: 'storage_in_tabs' }))
  })
})

describe('sharedSubscriptionsFeature beside sharedSessionFeature', () => {
  it('is refused', () => {
    const tab = createTabWorld().open()
    const both = createSocketMiddleware.with(sessionFeature, sharedSessionFeature, sharedSubscriptionsFeature) as never
    expect(() => openStore(tab, { create: both, session: {}, protocol: jsonRpc() })).toThrow(
      expect.objectContaining({ code: 'subscriptions_in_session' }),
    )
  })

  it("is not taken for an app's own feature of the same place", () => {
    const tab = createTabWorld().open()
    const own = { options: [], order: 81, create: () => ({ onLinkEnd: () => {} }) } as const
    const withOwn = createSocketMiddleware.with(sessionFeature, sharedSessionFeature, own) as never
    expect(() => openStore(tab, { create: withOwn, session: {}, protocol: jsonRpc() })).not.toThrow()
  })
})

describe('where sockets cannot be shared', () => {
  inDevelopment(() => {
    it('the option session is refused without sharedSessionFeature, so that a test without tabs shows it', () => {
      const WebSocket = createInJsdom(createSessionNetwork().WebSocket)
      expect(() => buildStore({ url: 'wss://a.example', WebSocket, session: {} })).toThrow(
        expect.objectContaining({ code: 'session_in_tabs' }),
      )
    })
  })

  it('each page has a session of its own', async () => {
    const network = createSessionNetwork()
    const WebSocket = createInJsdom(network.WebSocket)
    const stores = [1, 2].map(() => buildStore({ url: 'wss://a.example', WebSocket, session: {}, create }))
    for (const store of stores) {
      disposeAfterTest(store)
      void store.dispatch(socketConnect())
    }
    await advanceTime(50)
    expect(stores.map((store) => (store.state() as { session?: string }).session)).toEqual(['new', 'new'])
    expect(network.server.connections.size).toBe(2)
    network.dispose()
    await advanceTime(1_000)
  })
})

describe('a server without sessions', () => {
  it('is shared as without the option', async () => {
    const world = createTabWorld({ server: createFakeServer({ protocol: () => 'json' }) })
    const stores = [world.open(), world.open()].map((tab) => openStore(tab, { create, session: {} }))
    await advanceTime(100)
    expect(stores.map((store) => store.state().status)).toEqual(['open', 'open'])
    world.server.last.send({ type: 'said', payload: 1 })
    await advanceTime(50)
    for (const store of stores) expect(store.actionsOf('said')).toHaveLength(1)
    expect(stores.map((store) => (store.state() as { session?: string }).session)).toEqual(['none', 'none'])
    expect(world.server.connections).toHaveLength(1)
  })
})
