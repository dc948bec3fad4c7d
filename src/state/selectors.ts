import { warnOfMount } from './mountWarning.js'
import { isLostOf, socketOf, socketSelectors, type IsLostOptions } from './socketSelectors.js'
import type { SocketsState, SocketState } from './socketState.js'

/** Selectors of one mount. Each takes the root state and the connection's name, by default that of the default connection. */
export interface SocketSelectors<Root> {
  /** Everything that is known of a connection. */
  readonly selectSocket: (state: Root, name?: string) => SocketState
  /** What the connection is doing: idle, connecting, open, closing, closed, reconnecting or failed. */
  readonly selectSocketStatus: (state: Root, name?: string) => SocketState['status']
  /** Whether a send would go out now. */
  readonly selectIsOpen: (state: Root, name?: string) => boolean
  /** Whether the connection has been lost for `after` milliseconds, by default 3000, at the time of the call. */
  readonly selectIsLost: (state: Root, options?: IsLostOptions) => boolean
  /** The last problem, `{ code, message }`, or `null`. */
  readonly selectSocketError: (state: Root, name?: string) => SocketState['error']
  /** When the next attempt is due, in milliseconds since the epoch, or `null`. */
  readonly selectRetryAt: (state: Root, name?: string) => number | null
  /** How the last socket ended, or `null`. */
  readonly selectLastClose: (state: Root, name?: string) => SocketState['lastClose']
  /** How many sends wait for the connection. */
  readonly selectQueued: (state: Root, name?: string) => number
  /** Whether the peer reads more slowly than the app sends, so that sends wait. */
  readonly selectIsCongested: (state: Root, name?: string) => boolean
  /** The last round trip of the heartbeat in milliseconds, or `null`. */
  readonly selectLatency: (state: Root, name?: string) => number | null
}

/** Creates the selectors for a slice that is not mounted under `socket`. A slice that is not there yet reads as idle. See docs/state.md. */
export const getSocketSelectors = <Root>(
  selectState: (state: Root) => SocketsState | undefined,
): SocketSelectors<Root> =>
  Object.fromEntries(
    Object.entries(socketSelectors).map(([key, select]) => [
      key,
      (state: Root, name?: string) => select(selectState(state), name),
    ]),
  ) as unknown as SocketSelectors<Root>

/** A root state with the slice under its usual key. */
export interface WithSockets {
  /** The state of `socketReducer`. */
  readonly socket: SocketsState
}

/** The slice under its usual key. */
export const selectSockets = (state: WithSockets): SocketsState => {
  if (__DEV__ && !(state.socket as SocketsState | undefined)) warnOfMount()
  return state.socket
}

/** Everything that is known of a connection: `selectSocket(state, name?)`. */
export const selectSocket = (state: WithSockets, name?: string): SocketState => socketOf(selectSockets(state), name)

/** What a connection is doing. */
export const selectSocketStatus = (state: WithSockets, name?: string): SocketState['status'] =>
  selectSocket(state, name).status

/** Whether a connection is ready. */
export const selectIsOpen = (state: WithSockets, name?: string): boolean => selectSocket(state, name).status === 'open'

/**
 * Whether a connection has been lost for `after` milliseconds: `selectIsLost(state, { after, name })`. It reads the clock when it is called: no action tells
 * that the time has passed, so a component uses `useIsLost` of `reduplex/react`.
 */
export const selectIsLost = (state: WithSockets, options?: IsLostOptions): boolean =>
  isLostOf(selectSockets(state), options)

/** The last problem of a connection, or `null`. */
export const selectSocketError = (state: WithSockets, name?: string): SocketState['error'] =>
  selectSocket(state, name).error

/** When the next attempt is due, in milliseconds since the epoch, or `null`. */
export const selectRetryAt = (state: WithSockets, name?: string): SocketState['retryAt'] =>
  selectSocket(state, name).retryAt

/** How the last socket of a connection ended, or `null`. */
export const selectLastClose = (state: WithSockets, name?: string): SocketState['lastClose'] =>
  selectSocket(state, name).lastClose

/** How many sends wait for a connection. */
export const selectQueued = (state: WithSockets, name?: string): SocketState['queued'] =>
  selectSocket(state, name).queued

/** Whether the peer reads more slowly than the app sends, so that sends wait. */
export const selectIsCongested = (state: WithSockets, name?: string): SocketState['congested'] =>
  selectSocket(state, name).congested

/** The last round trip of a connection's heartbeat in milliseconds, or `null`. */
export const selectLatency = (state: WithSockets, name?: string): SocketState['latency'] =>
  selectSocket(state, name).latency
