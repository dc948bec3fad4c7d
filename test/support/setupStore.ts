import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect } from '../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from './buildStore.js'
import { advanceTime } from './fakeTime.js'
import type { FakeServer, FakeServerOptions } from '../../src/testing/index.js'
import { createHeldServer } from './heldServer.js'
import { disposeAfterTest } from './leaks.js'

export type { StoreOptions } from './buildStore.js'

export interface TestStore extends BuiltStore {
  /** What the sockets are on, unless the options name another WebSocket class. */
  readonly network: FakeServer
  /** The server sends a text. */
  readonly receive: (text: string) => void
  /** The server sends a value as JSON. */
  readonly receiveJson: (value: unknown) => void
  /** What the server received, the oldest first. */
  readonly sent: () => unknown[]
  /** Returns the actions that reached the reducers since the last call, except `socketChanged`. */
  readonly takeActions: () => UnknownAction[]
}

const isChanged = ({ type }: UnknownAction): boolean => type.endsWith('/changed')

/**
 * Creates a store with the socket middleware, on a fake network that accepts every attempt. Redux Toolkit's checks are on. At the end of the test it is
 * disposed of; the test fails when something of it is left behind (see leaks.ts).
 */
export const setupStore = (options: StoreOptions = {}, networkOptions: FakeServerOptions = {}): TestStore => {
  const network = createHeldServer({ mode: 'accept', ...networkOptions })
  const store = buildStore({ url: 'ws://a.example/ws', WebSocket: network.WebSocket, ...options })
  disposeAfterTest({ dispose: store.dispose, pending: store.pending, live: () => network.live })
  let taken = 0
  const receive = (text: string): void => network.last.sendRaw(text)
  return {
    ...store,
    network,
    receive,
    receiveJson: (value) => receive(JSON.stringify(value)),
    sent: () => network.connections.flatMap(({ receivedRaw: sent }) => sent),
    takeActions: () => {
      const actions = store.recorder.all.slice(taken).filter((action) => !isChanged(action))
      taken = store.recorder.all.length
      return actions
    },
  }
}

/** Creates such a store and opens its connection. For tests on fake time. */
export const setupOpenStore = async (
  options?: StoreOptions,
  networkOptions?: FakeServerOptions,
): Promise<TestStore> => {
  const store = setupStore(options, networkOptions)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.takeActions()
  return store
}
