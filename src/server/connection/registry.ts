import type { Connections, ServerConnection } from '../types.js'
import type { Peer } from './serverConnection.js'

/** The connections of a server, from their `add` to their `remove`. */
export interface Registry {
  /** What the app sees. */
  readonly view: Connections
  readonly peers: () => Iterable<Peer>
  readonly size: () => number
  readonly add: (peer: Peer) => void
  /** Whether it was there. */
  readonly remove: (peer: Peer) => boolean
}

/** Creates an empty registry. */
export const createRegistry = (): Registry => {
  const peers = new Map<string, Peer>()
  const idOf = (connection: string | ServerConnection): string =>
    typeof connection === 'string' ? connection : connection.id
  const all = (): ServerConnection[] => Array.from(peers.values(), ({ connection }) => connection)
  return {
    view: {
      get size() {
        return peers.size
      },
      get: (id) => peers.get(id)?.connection,
      has: (connection) => peers.has(idOf(connection)),
      filter: (test) => all().filter((connection) => test(connection)),
      // A copy: who iterates may close what it finds.
      [Symbol.iterator]: () => all()[Symbol.iterator](),
    },
    peers: () => peers.values(),
    size: () => peers.size,
    add: (peer) => void peers.set(peer.connection.id, peer),
    remove: ({ connection }) => peers.delete(connection.id),
  }
}
