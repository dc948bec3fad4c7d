import { socketConnect } from '../../../src/index.js'
import { customStorage, type OutboxOptions } from '../../../src/session/storage/index.js'
import { advanceTime } from '../fakeTime.js'
import { setupStore, type StoreOptions, type TestStore } from '../setupStore.js'
import { createFakeStorage, type FakeStorage } from './fakeStorage.js'
import { serveSessions, told, type FakeSessionServer, type FakeSessionServerOptions } from './fakeSessionServer.js'
import { createHeldServer } from '../heldServer.js'

/** Pages of one browser, one after the other, with one storage and one server. */
export interface Pages {
  readonly storage: FakeStorage
  readonly server: FakeSessionServer
  readonly network: ReturnType<typeof createHeldServer>
  /** Loads a page. It does not connect. */
  readonly load: (options?: StoreOptions, outbox?: OutboxOptions) => TestStore
  /** Loads a page and connects. */
  readonly open: (options?: StoreOptions, outbox?: OutboxOptions) => Promise<TestStore>
  /** The page is gone: nothing that it does arrives anywhere. */
  readonly kill: (page: TestStore) => void
  /** What the server took, over all pages. */
  readonly took: () => unknown[]
}

export const createPages = (serverOptions: FakeSessionServerOptions = {}): Pages => {
  const storage = createFakeStorage()
  const network = createHeldServer({ mode: 'accept' })
  const server = serveSessions(network, serverOptions)
  const load: Pages['load'] = (options = {}, outbox = {}) =>
    setupStore({
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => 1_000 },
      session: { storage: customStorage(storage.page(), outbox) },
      ...options,
    })
  return {
    storage,
    server,
    network,
    load,
    open: async (options, outbox) => {
      const page = load(options, outbox)
      void page.dispatch(socketConnect())
      await advanceTime(1)
      return page
    },
    kill: (page) => {
      storage.kill()
      if (network.connections.length) network.last.freeze()
      page.dispose()
    },
    took: () => server.taken.map((frame) => JSON.parse(frame as string) as unknown),
  }
}

/** What a page has reported. */
export const reported = (page: TestStore) => told(page as never)
