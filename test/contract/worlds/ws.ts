import { WebSocket as WsWebSocket } from 'ws'
import { createTestStore } from '../../support/store.js'
import { inWorld, type Opened } from '../world.js'
import { startRealServer } from './realServer.js'

/** The `ws` package's client and server over loopback. */
export const openWsWorld = async (): Promise<Opened> => {
  const server = await startRealServer()
  const stores: ReturnType<typeof createTestStore>[] = []
  const sockets: WsWebSocket[] = []

  // Every socket is known, so that a case on the class itself leaves nothing open.
  class KnownWebSocket extends WsWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      sockets.push(this)
    }
  }
  const Class = KnownWebSocket as unknown as typeof WebSocket

  return {
    world: {
      runtime: 'ws',
      WebSocket: Class,
      url: server.url,
      server: server.control,
      createStore: (options) => {
        const store = createTestStore(inWorld(server.url, Class, options))
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
