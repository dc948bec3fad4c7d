import { fitReason } from '../../connection/closeCodes.js'
import type { Admitted, Refused } from '../http/admission.js'
import type { CloseFrame } from './userLink.js'

/**
 * The admissions under way. Their users are not known yet, so `disconnectUser` cannot find them: an admission that ends after the call and began before it is
 * refused when its user is the one that was disconnected.
 */
export interface PendingAdmissions {
  /**
   * Begins an admission. The function returned must be called once, in the same task in which the client is let in. It returns the decision, or the refusal of a
   * user who was disconnected since.
   */
  readonly begin: () => (decision: Admitted | Refused) => Admitted | Refused
  /** Refuses the admissions of a user that have begun so far. */
  readonly disconnect: (user: string, close: CloseFrame) => void
}

interface PendingState {
  /** Counts what begins and what is disconnected. */
  time: number
  /** When each admission has begun, the oldest first. */
  readonly pending: Set<{ readonly begunAt: number }>
  /** The last disconnect of each user, the oldest first. */
  readonly disconnects: Map<string, { readonly at: number; readonly close: CloseFrame }>
}

/** Forgets the disconnects that are older than all admissions under way. */
const forgetDisconnects = ({ time, pending, disconnects }: PendingState): void => {
  const [oldest = { begunAt: time }] = pending
  for (const [user, { at }] of disconnects) {
    if (at > oldest.begunAt) return
    disconnects.delete(user)
  }
}

/** Creates the admissions of a server. */
export const createPendingAdmissions = (): PendingAdmissions => {
  const state: PendingState = { time: 0, pending: new Set(), disconnects: new Map() }
  const { pending, disconnects } = state
  return {
    begin: () => {
      const admission = { begunAt: ++state.time }
      pending.add(admission)
      return (decision) => {
        const userId = 'code' in decision ? undefined : decision.identity.userId
        const disconnected = userId === undefined ? undefined : disconnects.get(userId)
        pending.delete(admission)
        forgetDisconnects(state)
        if (!disconnected || disconnected.at < admission.begunAt) return decision
        return { code: disconnected.close.code, reason: fitReason(disconnected.close.reason) }
      }
    },
    disconnect: (user, close) => {
      if (pending.size === 0) return
      // Deleted first, so that the map stays in the order of the disconnects.
      disconnects.delete(user)
      disconnects.set(user, { at: ++state.time, close })
    },
  }
}
