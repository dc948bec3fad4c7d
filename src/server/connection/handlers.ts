import { messageOf } from '../../internal/errors.js'
import type { SocketServerOptions } from '../options.js'
import type { Peer } from './serverConnection.js'

/** The handlers of connections that have not come to their end. */
export interface Handlers {
  /** Runs the handler for a connection, and closes the connection when it ends. Never throws. */
  readonly run: (peer: Peer) => void
  readonly whenEmpty: () => Promise<void>
}

/** Creates them; without a handler there is nothing to run, and connections stay. */
export const createHandlers = (handler: SocketServerOptions['handler']): Handlers => {
  const running = new Set<Promise<void>>()

  const runOne = async ({ connection, report }: Peer): Promise<void> => {
    try {
      await handler?.(connection)
      connection.close(1000)
    } catch (error) {
      // What it throws because the client has left is no news.
      if (connection.signal.aborted) return
      report('handler_failed', `The handler of a connection threw: ${messageOf(error)}`, error)
      connection.close(1011, 'server error')
    }
  }

  return {
    run: (peer) => {
      if (!handler) return
      const one = runOne(peer).finally(() => running.delete(one))
      running.add(one)
    },
    whenEmpty: async () => void (await Promise.all(running)),
  }
}
