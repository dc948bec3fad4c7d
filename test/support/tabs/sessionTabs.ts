import { socketConnect } from '../../../src/index.js'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { sharedSessionFeature } from '../../../src/tabs/index.js'
import { createSocketMiddleware } from '../allFeatures.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../buildStore.js'
import { advanceTime } from '../fakeTime.js'
import { disposeAfterTest } from '../leaks.js'
import { createSessionNetwork, type SessionNetwork } from './sessionNetwork.js'
import { ADDRESS } from './tabSocket.js'
import { createTabWorld, type TabWorld, type WorldTab } from './tabWorld.js'

/** A tab with a store whose session is shared. */
export interface SessionTab extends BuiltStore {
  readonly tab: WorldTab
  readonly payloadsOf: <Payload = unknown>(type: string) => Payload[]
  /** What the server has sent, as the store got it. */
  readonly said: () => unknown[]
  /** The verdicts of its session, in order. */
  readonly verdicts: () => unknown[]
}

/** Tabs of one origin, and their server. */
export interface SessionTabs {
  readonly world: TabWorld
  readonly network: SessionNetwork
  readonly tabs: SessionTab[]
  /** What the listeners of the server got, in order. */
  readonly handled: unknown[]
  readonly open: (options?: StoreOptions) => SessionTab
  /** Sends to every connection, suspended ones included. */
  readonly say: (payload: unknown) => void
}

/** Opens a store in a tab. */
export const openSessionTab = (tab: WorldTab, options: StoreOptions = {}): SessionTab => {
  const store = tab.run(() =>
    buildStore({
      url: ADDRESS,
      WebSocket: tab.WebSocket,
      accept: ['said'],
      reconnect: { backoff: () => 200 },
      session: {},
      create: createSocketMiddleware.with(sharedSessionFeature),
      ...options,
    }),
  )
  tab.run(() => void store.dispatch(socketConnect()))
  const payloadsOf = <Payload>(type: string) =>
    store.recorder.all.flatMap((action) =>
      action.type === type ? [(action as never as { payload: Payload }).payload] : [],
    )
  return {
    ...store,
    tab,
    payloadsOf,
    said: () => payloadsOf('said'),
    verdicts: () => payloadsOf<{ readonly session: unknown }>('socket/opened').map(({ session }) => session),
  }
}

/** Opens tabs one after the other; the first one is the holder. */
export const openSessionTabs = async (
  count: number,
  options: StoreOptions = {},
  settings: SocketServerSettings = {},
): Promise<SessionTabs> => {
  const network = createSessionNetwork(settings)
  const world = createTabWorld({ isRouted: true, network })
  const handled: unknown[] = []
  network.server.onMessage('say', (payload) => void handled.push(payload))
  const tabs: SessionTab[] = []
  const open = (more: StoreOptions = {}) => {
    const tab = openSessionTab(world.open(), { ...options, ...more })
    tabs.push(tab)
    disposeAfterTest({ dispose: tab.dispose, pending: tab.pending })
    return tab
  }
  for (let n = 0; n < count; n++) open()
  await advanceTime(100)
  return {
    world,
    network,
    tabs,
    handled,
    open,
    say: (payload) => {
      for (const connection of network.server.connections) connection.emit('said', payload)
    },
  }
}
