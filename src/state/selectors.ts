import { DEFAULT_NAME } from '../actions/createSocketActions.js'
import { idleSocket, type SocketsState, type SocketState } from './socketSlice.js'

/** Selectors of one mount. Each takes the root state and the connection's name, by default the default connection's. */
export interface SocketSelectors<Root> {
  /** All that is known of a connection. */
  readonly selectSocket: (state: Root, name?: string) => SocketState
  /** What it is doing: idle, connecting, open, closing, closed, reconnecting or failed. */
  readonly selectSocketStatus: (state: Root, name?: string) => SocketState['status']
  /** Whether a send would go out now. */
  readonly selectIsOpen: (state: Root, name?: string) => boolean
  /** What went wrong last, `{ code, message }`, or `null`. */
  readonly selectSocketError: (state: Root, name?: string) => SocketState['error']
  /** When the next attempt is due, in milliseconds since the epoch, or `null`. */
  readonly selectRetryAt: (state: Root, name?: string) => number | null
  /** How the last socket ended, or `null`. */
  readonly selectLastClose: (state: Root, name?: string) => SocketState['lastClose']
  /** How many sends wait for the connection. */
  readonly selectQueued: (state: Root, name?: string) => number
  /** Whether the peer reads more slowly than we send, so that sends wait. */
  readonly selectIsCongested: (state: Root, name?: string) => boolean
  /** The last round trip of the heartbeat in milliseconds, or `null`. */
  readonly selectLatency: (state: Root, name?: string) => number | null
}

/** Creates the selectors for a slice that is mounted elsewhere than under `socket`. A slice that is not there yet reads as idle. */
export const getSocketSelectors = <Root>(
  selectState: (state: Root) => SocketsState | undefined,
): SocketSelectors<Root> => {
  const selectSocket = (state: Root, name = DEFAULT_NAME): SocketState => selectState(state)?.[name] ?? idleSocket
  return {
    selectSocket,
    selectSocketStatus: (state, name) => selectSocket(state, name).status,
    selectIsOpen: (state, name) => selectSocket(state, name).status === 'open',
    selectSocketError: (state, name) => selectSocket(state, name).error,
    selectRetryAt: (state, name) => selectSocket(state, name).retryAt,
    selectLastClose: (state, name) => selectSocket(state, name).lastClose,
    selectQueued: (state, name) => selectSocket(state, name).queued,
    selectIsCongested: (state, name) => selectSocket(state, name).congested,
    selectLatency: (state, name) => selectSocket(state, name).latency,
  }
}

/** A root state with the slice where it usually is. */
export interface WithSockets {
  /** What `socketReducer` keeps. */
  readonly socket: SocketsState
}

const atSocket = /* @__PURE__ */ getSocketSelectors((state: WithSockets) => state.socket)

/** All that is known of a connection: `selectSocket(state, name?)`. */
export const selectSocket = atSocket.selectSocket

/** What a connection is doing. */
export const selectSocketStatus = atSocket.selectSocketStatus

/** Whether a connection is ready. */
export const selectIsOpen = atSocket.selectIsOpen

/** What went wrong last on a connection, or `null`. */
export const selectSocketError = atSocket.selectSocketError

/** When the next attempt is due, in milliseconds since the epoch, or `null`. */
export const selectRetryAt = atSocket.selectRetryAt

/** How the last socket ended, or `null`. */
export const selectLastClose = atSocket.selectLastClose

/** How many sends wait for a connection. */
export const selectQueued = atSocket.selectQueued

/** Whether the peer reads more slowly than a connection sends, so that sends wait. */
export const selectIsCongested = atSocket.selectIsCongested

/** The last round trip of a connection's heartbeat in milliseconds, or `null`. */
export const selectLatency = atSocket.selectLatency
