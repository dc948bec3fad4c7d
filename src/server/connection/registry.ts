import type { Connections, ServerConnection } from '../types.js'
import type { Identity } from '../operations/identity.js'
import type { ServerOutbound } from './outbound.js'
import type { InternalConnection } from './serverConnection.js'

/** The open connections of a server. */
export interface ConnectionRegistry {
  /** The connections as the app sees them. */
  readonly view: Connections
  readonly all: () => Iterable<InternalConnection>
  /** Only the outbound sides, for a broadcast: a set of their own, because it has to load each object that it passes on the way from memory. */
  readonly outbounds: () => Iterable<ServerOutbound>
  readonly size: () => number
  readonly add: (connection: InternalConnection) => void
  readonly remove: (connection: InternalConnection) => void
  /** A connection has another identity: its session was resumed with fresh credentials. */
  readonly reidentify: (connection: InternalConnection, identity: Identity) => void
}

/** Creates an empty registry. */
export const createConnectionRegistry = (): ConnectionRegistry => {
  const connections = new Map<string, InternalConnection>()
  const outbounds = new Set<ServerOutbound>()
  const idOf = (connection: string | ServerConnection): string =>
    typeof connection === 'string' ? connection : connection.id
  const views = (): ServerConnection[] => Array.from(connections.values(), ({ view }) => view)
  return {
    view: {
      get size() {
        return connections.size
      },
      get: (id) => connections.get(id)?.view,
      has: (connection) => connections.has(idOf(connection)),
      filter: (test) => views().filter((connection) => test(connection)),
      // A copy, because the loop may close connections.
      [Symbol.iterator]: () => views()[Symbol.iterator](),
    },
    all: () => connections.values(),
    outbounds: () => outbounds,
    size: () => connections.size,
    add: (connection) => {
      connections.set(connection.view.id, connection)
      outbounds.add(connection.outbound)
    },
    remove: ({ view, outbound }) => {
      connections.delete(view.id)
      outbounds.delete(outbound)
    },
    reidentify: (connection, identity) => {
      connection.identity = identity
    },
  }
}
