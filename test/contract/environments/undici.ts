import { WebSocket as Undici } from 'undici'
import type { Opened } from '../environment.js'
import { openEnvironment } from './openEnvironment.js'
import { startRealServer } from './realServer.js'

/** The client of the package `undici`, which is also the global WebSocket of Node, over loopback. */
export const openUndiciEnvironment = async (): Promise<Opened> => {
  const server = await startRealServer()
  return openEnvironment({
    runtime: 'undici',
    WebSocket: Undici as unknown as typeof WebSocket,
    url: server.url,
    server: server.control,
    snapshot: server.snapshot,
    close: async () => await server[Symbol.asyncDispose](),
  })
}
