import { socketOf } from '../state/socketSelectors.js'
import type { WithSockets } from '../state/selectors.js'
import type { SocketsState, SocketState } from '../state/socketState.js'
import type { SessionVerdict } from './sessionState.js'

/** The state of a connection with the option `session`: `state.socket[name] as SessionSocketState`. */
export interface SessionSocketState extends SocketState {
  /** Whether the session of the last connection was a new one, or went on. `none` before the first one, and where the server has no sessions. */
  readonly session: SessionVerdict
  /** The ids of the sends that were sent and are not acknowledged, in their order. Updated at most once every 16 ms. */
  readonly unacknowledged: readonly string[]
}

/** Selectors of one mount point of `socketReducer`. */
export interface SessionSelectors<Root> {
  /** Whether the session of the last connection was a new one, or went on. */
  readonly selectSession: (state: Root, name?: string) => SessionVerdict
  /** The ids of the sends that were sent and are not acknowledged, in their order. */
  readonly selectUnacknowledged: (state: Root, name?: string) => readonly string[]
}

const noIds: readonly string[] = []

/** Creates the selectors for a `socketReducer` that is not mounted under `socket`. A slice that is not there yet reads as empty. See docs/sessions.md. */
export const getSessionSelectors = <Root>(
  selectSockets: (state: Root) => SocketsState | undefined,
): SessionSelectors<Root> => {
  const entryOf = (state: Root, name?: string) => socketOf(selectSockets(state), name) as Partial<SessionSocketState>
  return {
    selectSession: (state, name) => entryOf(state, name).session ?? 'none',
    selectUnacknowledged: (state, name) => entryOf(state, name).unacknowledged ?? noIds,
  }
}

const selectors = /* @__PURE__ */ getSessionSelectors((state: WithSockets) => state.socket)

/** Whether the session of the last connection was a new one, or went on: `selectSession(state, name?)`, one of `'none'`, `'new'`, `'resumed'` and `'lost'`. */
export const selectSession = selectors.selectSession

/** The ids of the sends that were sent and are not acknowledged: `selectUnacknowledged(state, name?)`. */
export const selectUnacknowledged = selectors.selectUnacknowledged
