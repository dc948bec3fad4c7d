import { setupStore } from '../../support/setupStore.js'
import {
  storeOptionsIn,
  type Environment,
  type Opened,
  type ServerCounts,
  type ServerSnapshot,
} from '../environment.js'

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

const meets = (now: ServerSnapshot, counts: ServerCounts): boolean =>
  now.attempts >= (counts.attempts ?? 0) &&
  now.accepted >= (counts.accepted ?? 0) &&
  now.received.length >= (counts.received ?? 0) &&
  now.ended.length >= (counts.ended ?? 0)

/** Lets cases wait until a server in this process has reached some counts. `changed` is called after every change. */
export const watchSnapshots = (snapshot: () => ServerSnapshot) => {
  const watchers: { counts: ServerCounts; resolve: (now: ServerSnapshot) => void }[] = []
  return {
    changed: (): void => {
      const now = snapshot()
      for (const watcher of watchers.slice()) {
        if (!meets(now, watcher.counts)) continue
        watchers.splice(watchers.indexOf(watcher), 1)
        watcher.resolve(now)
      }
    },
    reached: async (counts: ServerCounts): Promise<ServerSnapshot> =>
      meets(snapshot(), counts) ? snapshot() : await new Promise((resolve) => watchers.push({ counts, resolve })),
  }
}
