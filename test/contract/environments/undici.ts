import { createRequire } from 'node:module'
import { setupStore } from '../../support/setupStore.js'
import { storeOptionsIn, type Opened } from '../environment.js'
import { startRealServer } from './realServer.js'

const { resolve } = createRequire(__filename)

/** Whether the package is installed. */
export const findUndici = (): boolean => {
  try {
    return resolve('undici') !== ''
  } catch {
    return false
  }
}

/** The client of the package `undici`, which is also the global WebSocket of Node, over loopback. */
export const openUndiciEnvironment = async (): Promise<Opened> => {
  const name = 'undici'
  const { WebSocket: Undici } = (await import(name)) as { WebSocket: typeof WebSocket }
  const server = await startRealServer()
  const stores: ReturnType<typeof setupStore>[] = []
  const report = () =>
    [...stores.map((store) => store.pending()), JSON.stringify(server.snapshot())].filter(Boolean).join('\n')
  return {
    environment: {
      runtime: 'undici',
      WebSocket: Undici,
      url: server.url,
      server: server.control,
      createStore: (options) => {
        const store = setupStore(storeOptionsIn(server.url, Undici, options))
        stores.push(store)
        return store
      },
    },
    report,
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of stores) socket.dispose()
      await server[Symbol.asyncDispose]()
    },
  }
}
