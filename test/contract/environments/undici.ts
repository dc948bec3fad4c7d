import { WebSocket as Undici6 } from 'undici'
import { WebSocket as Undici7 } from 'undici-7'
import type { Opened } from '../environment.js'
import { openEnvironment } from './openEnvironment.js'
import { startRealServer } from './realServer.js'

/** The client of the package `undici`, which is also the global WebSocket of Node (22: version 6, 24: version 7), over loopback. */
const openWith = async (Undici: unknown): Promise<Opened> => {
  const server = await startRealServer()
  return openEnvironment({
    runtime: 'undici',
    WebSocket: Undici as typeof WebSocket,
    url: server.url,
    server: server.control,
    snapshot: server.snapshot,
    close: async () => await server[Symbol.asyncDispose](),
  })
}

export const openNode22Environment = async (): Promise<Opened> => await openWith(Undici6)
export const openNode24Environment = async (): Promise<Opened> => await openWith(Undici7)
