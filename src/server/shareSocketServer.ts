import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { codedError, show } from '../internal/errors.js'
import { createSocketServer } from './createSocketServer.js'
import { copyOptions, isNamedObject } from '../internal/optionGroups.js'
import type { SocketServerSettings } from './options.js'
import type { SocketServer } from './SocketServer.js'
import type { ServerTypes } from './types.js'

/** The options of `init`. */
export interface ShareOptions<T extends ServerTypes = ServerTypes> extends SocketServerSettings<T> {
  /** The path that is served. @default '/ws' */
  readonly path?: string
}

/** One socket server for all modules of an app. */
export interface SharedSocketServer<T extends ServerTypes = ServerTypes> {
  /**
   * Creates the server on an HTTP server and returns it. Called again with the same HTTP server it returns the same socket server; the options are then
   * ignored.
   * @throws `already_initialized` for another HTTP server while the first socket server is not closed, `invalid_option` as `createSocketServer` does
   */
  readonly init: (http: HttpServer | HttpsServer, options?: ShareOptions<T>) => SocketServer<T>
  /**
   * Returns the server that `init` created, also after it was closed: what it sends then reaches no client. So a request whose data was written
   * does not fail because it comes during a shutdown.
   * @throws `not_initialized` before `init`
   */
  readonly get: () => SocketServer<T>
}

interface SharedEntry<T extends ServerTypes> {
  readonly http: HttpServer | HttpsServer
  readonly server: SocketServer<T>
  isClosed: boolean
}

/** Creates a holder for the socket server of an app: one module calls `init`, all others call `get`. See docs/server.md. */
export const shareSocketServer = <T extends ServerTypes = ServerTypes>(): SharedSocketServer<T> => {
  let shared: SharedEntry<T> | undefined
  return {
    init: (http, given = {}) => {
      const open = shared?.isClosed ? undefined : shared
      if (open?.http === http) return open.server
      if (open) {
        throw codedError(
          'already_initialized',
          'Socket server initialized already, for another HTTP server: close that one first, or share a second one.',
        )
      }
      if (!isNamedObject(given) || given['server'] !== undefined) {
        const sentence = 'expected an HTTP server and an object of options without "server"'
        throw codedError('invalid_option', `shareSocketServer: ${sentence}, got ${show(given)} as options.`)
      }
      const options = copyOptions(given)
      const server = createSocketServer({ ...options, server: http, path: options['path'] ?? '/ws' } as never)
      const created = { http, server: server as unknown as SocketServer<T>, isClosed: false }
      shared = created
      server.on('close', () => {
        created.isClosed = true
      })
      return created.server
    },
    get: () => {
      if (shared) return shared.server
      throw codedError('not_initialized', 'Socket server not initialized: call init(httpServer) first')
    },
  }
}
