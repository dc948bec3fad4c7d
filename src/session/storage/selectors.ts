import { socketOf } from '../../state/socketSelectors.js'
import type { WithSockets } from '../../state/selectors.js'
import type { SocketsState } from '../../state/socketState.js'
import type { SessionSocketState } from '../selectors.js'

/** Selectors of one mount point of `socketReducer`. */
export interface StorageSelectors<Root> {
  /** Whether any send waits, or is not acknowledged. A request counts while it waits. */
  readonly selectHasUnsent: (state: Root, name?: string) => boolean
}

/**
 * Creates the selectors for a `socketReducer` that is not mounted under `socket`. A slice that is not there yet reads as empty.
 * See docs/sessions.md#an-outbox-that-survives-a-reload.
 */
export const getStorageSelectors = <Root>(
  selectSockets: (state: Root) => SocketsState | undefined,
): StorageSelectors<Root> => ({
  selectHasUnsent: (state, name) => {
    const { queued, unacknowledged } = socketOf(selectSockets(state), name) as Partial<SessionSocketState>
    return !!queued || !!unacknowledged?.some((id) => !id.startsWith('rpc:'))
  },
})

const selectors = /* @__PURE__ */ getStorageSelectors((state: WithSockets) => state.socket)

/** Whether any send waits, or is not acknowledged: `selectHasUnsent(state, name?)`. A request counts while it waits. For the question of `beforeunload`. */
export const selectHasUnsent = selectors.selectHasUnsent
