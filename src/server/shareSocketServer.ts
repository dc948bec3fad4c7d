import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { codedError } from '../internal/errors.js'
import { createSocketServer } from './createSocketServer.js'
import type { SocketServerOptions } from './options.js'
import type { SocketServer } from './SocketServer.js'
import type { ServerTypes } from './types.js'

/** What `init` takes. */
export interface ShareOptions<T extends ServerTypes = ServerTypes> extends SocketServerOptions<T> {
  /** The path that is answered. @default '/ws' */
  readonly path?: string
}

/** One socket server for all modules of an app. */
export interface SharedSocketServer<T extends ServerTypes = ServerTypes> {
  /**
   * Creates the server on an HTTP server, keeps it and returns it. For the same HTTP server it is the same one again, whatever the options.
   * @throws `already_initialized` for another HTTP server while the first is not closed
   */
  readonly init: (http: HttpServer | HttpsServer, options?: ShareOptions<T>) => SocketServer<T>
  /**
   * The server that `init` made.
   * @throws `not_initialized` before `init`, and after the server's close
   */
  readonly get: () => SocketServer<T>
}

/** Creates the place where an app keeps its socket server: one module makes it, `init` fills it, all others `get`. */
export const shareSocketServer = <T extends ServerTypes = ServerTypes>(): SharedSocketServer<T> => {
  let shared: { readonly http: HttpServer | HttpsServer; readonly server: SocketServer<T> } | undefined
  return {
    init: (http, given = {}) => {
      const { path, ...options } = given
      if (shared?.http === http) return shared.server
      if (shared) {
        throw codedError(
          'already_initialized',
          'Socket server initialized already, for another HTTP server: close that one first, or share a second one.',
        )
      }
      const server = createSocketServer({ server: http, ...(path !== undefined && { path }) }, options as never)
      const mine = { http, server: server as unknown as SocketServer<T> }
      shared = mine
      server.on('close', () => {
        if (shared === mine) shared = undefined
      })
      return mine.server
    },
    get: () => {
      if (shared) return shared.server
      throw codedError('not_initialized', 'Socket server not initialized: call init(httpServer) first')
    },
  }
}
