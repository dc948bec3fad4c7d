import { DEFAULT_NAME } from '../actions/creators.js'
import { idleSocket } from './socketReducer.js'
import type { SocketsState, SocketState } from './socketState.js'

type Sockets = SocketsState | undefined

/** The entry of a connection. */
export const socketOf = (sockets: Sockets, name = DEFAULT_NAME): SocketState => sockets?.[name] ?? idleSocket

/** The selectors of a slice's own state. A slice that is not mounted reads as idle. */
export const socketSelectors = {
  selectSocket: socketOf,
  selectSocketStatus: (sockets: Sockets, name?: string): SocketState['status'] => socketOf(sockets, name).status,
  selectIsOpen: (sockets: Sockets, name?: string): boolean => socketOf(sockets, name).status === 'open',
  selectSocketError: (sockets: Sockets, name?: string): SocketState['error'] => socketOf(sockets, name).error,
  selectRetryAt: (sockets: Sockets, name?: string): SocketState['retryAt'] => socketOf(sockets, name).retryAt,
  selectLastClose: (sockets: Sockets, name?: string): SocketState['lastClose'] => socketOf(sockets, name).lastClose,
  selectQueued: (sockets: Sockets, name?: string): number => socketOf(sockets, name).queued,
  selectIsCongested: (sockets: Sockets, name?: string): boolean => socketOf(sockets, name).congested,
  selectLatency: (sockets: Sockets, name?: string): SocketState['latency'] => socketOf(sockets, name).latency,
}
