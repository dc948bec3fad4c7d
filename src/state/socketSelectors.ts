import { DEFAULT_NAME } from '../actions/creators.js'
import { now } from '../internal/clock.js'
import { idleSocket } from './socketReducer.js'
import type { SocketsState, SocketState } from './socketState.js'

type Sockets = SocketsState | undefined

/** Which connection, and after which time it counts as lost. */
export interface IsLostOptions {
  /** How long it must have been without a connection, in milliseconds. @default 3000 */
  readonly after?: number | undefined
  /** The connection's name. @default the default connection */
  readonly name?: string | undefined
}

/** The entry of a connection. */
export const socketOf = (sockets: Sockets, name = DEFAULT_NAME): SocketState => sockets?.[name] ?? idleSocket

/** Whether a connection has been lost for `after` milliseconds, now. */
export const isLostOf = (sockets: Sockets, { after = 3_000, name }: IsLostOptions = {}): boolean =>
  now() - (socketOf(sockets, name).lostAt ?? Infinity) >= after

/** The selectors of a slice's own state. A slice that is not mounted reads as idle. */
export const socketSelectors = {
  selectSocket: socketOf,
  selectSocketStatus: (sockets: Sockets, name?: string): SocketState['status'] => socketOf(sockets, name).status,
  selectIsOpen: (sockets: Sockets, name?: string): boolean => socketOf(sockets, name).status === 'open',
  selectIsLost: isLostOf,
  selectSocketError: (sockets: Sockets, name?: string): SocketState['error'] => socketOf(sockets, name).error,
  selectRetryAt: (sockets: Sockets, name?: string): SocketState['retryAt'] => socketOf(sockets, name).retryAt,
  selectLastClose: (sockets: Sockets, name?: string): SocketState['lastClose'] => socketOf(sockets, name).lastClose,
  selectQueued: (sockets: Sockets, name?: string): SocketState['queued'] => socketOf(sockets, name).queued,
  selectIsCongested: (sockets: Sockets, name?: string): SocketState['congested'] => socketOf(sockets, name).congested,
  selectLatency: (sockets: Sockets, name?: string): SocketState['latency'] => socketOf(sockets, name).latency,
}
