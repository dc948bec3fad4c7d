import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect } from '../../../src/index.js'
import { buildStore, type BuiltStore, type StoreOptions } from '../buildStore.js'
import { disposeAfterTest } from '../leaks.js'
import { ADDRESS } from './tabSocket.js'
import type { WorldTab } from './tabWorld.js'

/** A store in a tab. */
export interface TabStore extends BuiltStore {
  /** The actions of these types so far. */
  readonly actionsOf: (...types: readonly string[]) => UnknownAction[]
}

/** Creates a store in a tab and connects it. */
export const openStore = (tab: WorldTab, options: StoreOptions = {}): TabStore => {
  const store = buildStore({
    url: ADDRESS,
    WebSocket: tab.WebSocket,
    accept: ['said'],
    reconnect: { backoff: () => 60_000 },
    ...options,
  })
  disposeAfterTest({ dispose: store.dispose, pending: store.pending })
  void store.dispatch(socketConnect())
  return {
    ...store,
    actionsOf: (...types) => store.recorder.all.filter(({ type }) => types.includes(type)),
  }
}
