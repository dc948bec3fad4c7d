import { WebSocket as WsWebSocket } from 'ws'
import type { Opened } from '../environment.js'
import { openEnvironment } from './openEnvironment.js'
import { startRealServer } from './realServer.js'

/** The client and server of the package `ws` over loopback. */
export const openWsEnvironment = async (): Promise<Opened> => {
  const server = await startRealServer()
  const sockets: WsWebSocket[] = []

  // Every socket is kept, so that a case on the class itself leaves nothing open.
  class KnownWebSocket extends WsWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      sockets.push(this)
    }
  }
  return openEnvironment({
    runtime: 'ws',
    WebSocket: KnownWebSocket as unknown as typeof WebSocket,
    url: server.url,
    server: server.control,
    snapshot: server.snapshot,
    close: async () => {
      for (const socket of sockets) {
        socket.on('error', () => {})
        socket.terminate()
      }
      await server[Symbol.asyncDispose]()
    },
  })
}
