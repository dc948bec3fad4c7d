import { setupStore } from '../../support/setupStore.js'
import { storeOptionsIn, type Environment, type Opened, type ServerSnapshot } from '../environment.js'

interface EnvironmentParts extends Pick<Environment, 'runtime' | 'WebSocket' | 'url' | 'server'> {
  readonly snapshot: () => ServerSnapshot
  /** Ends the sockets and the server, after the stores. */
  readonly close?: () => Promise<void> | void
}

/** Opens an environment whose stores live in this process. */
export const openEnvironment = ({ snapshot, close, ...parts }: EnvironmentParts): Opened => {
  const stores: ReturnType<typeof setupStore>[] = []
  return {
    environment: {
      ...parts,
      createStore: (options) => {
        const store = setupStore(storeOptionsIn(parts.url, parts.WebSocket, options))
        stores.push(store)
        return store
      },
    },
    report: () => [...stores.map((store) => store.pending()), JSON.stringify(snapshot())].filter(Boolean).join('\n'),
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of stores) socket.dispose()
      await close?.()
    },
  }
}
