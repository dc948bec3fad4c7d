import { WebSocket as WsWebSocket } from 'ws'
import { setupStore } from '../../support/setupStore.js'
import { storeOptionsIn, type Opened } from '../environment.js'
import { startRealServer } from './realServer.js'

/** The client and server of the package `ws` over loopback. */
export const openWsEnvironment = async (): Promise<Opened> => {
  const server = await startRealServer()
  const stores: ReturnType<typeof setupStore>[] = []
  const sockets: WsWebSocket[] = []

  // Every socket is kept, so that a case on the class itself leaves nothing open.
  class KnownWebSocket extends WsWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      sockets.push(this)
    }
  }
  const Class = KnownWebSocket as unknown as typeof WebSocket

  return {
    environment: {
      runtime: 'ws',
      WebSocket: Class,
      url: server.url,
      server: server.control,
      createStore: (options) => {
        const store = setupStore(storeOptionsIn(server.url, Class, options))
        stores.push(store)
        return store
      },
    },
    report: () =>
      [...stores.map((store) => store.pending()), JSON.stringify(server.snapshot())].filter(Boolean).join('\n'),
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of stores) socket.dispose()
      for (const socket of sockets) {
        socket.on('error', () => {})
        socket.terminate()
      }
      await server[Symbol.asyncDispose]()
    },
  }
}
