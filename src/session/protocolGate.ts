import type { ConnectionEvent, Link } from '../connection/hooks.js'
import type { FeatureHooks } from '../middleware/feature.js'
import type { ConnectionSession } from './connectionSession.js'

// A protocol repeats requests and subscriptions when its socket is gone. In a session they may still be there: so a lost socket is
// reported to the protocol only after the next `welcome`, and not at all where the server has kept them.

/** The hooks of a protocol on a connection with sessions. */
export const gateProtocol = (own: ConnectionSession, hooks: FeatureHooks): FeatureHooks => {
  const { isBusy, onEvent, resume } = hooks
  let lost: ConnectionEvent | undefined
  const tell = (link: Link) => {
    if (lost) onEvent?.(lost)
    lost = undefined
    own.isKept = true
    return resume?.(link)
  }
  return {
    ...hooks,
    // Replies come on the new socket, so a handover does not wait for them on the old one.
    isBusy: () => (!own.held || own.verdict === 'none') && isBusy?.() === true,
    onEvent: (event) => {
      const { type, payload } = event
      if (type === 'closed' && payload.next.endsWith('connecting') && own.session.key !== undefined) {
        lost ??= event
        return
      }
      if (type === 'failed' || type === 'closed') {
        lost = undefined
        own.isKept = false
      }
      onEvent?.(event)
    },
    resume: (link) => {
      const { isKept, session, verdict } = own
      if (verdict === 'resumed' && isKept) {
        lost = undefined
        return undefined
      }
      if (verdict !== 'resumed' || session.received >= own.catchUpTo) return tell(link)
      // What the server sent before may have the replies.
      own.onCaughtUp = () => void tell(link)
      return undefined
    },
  }
}
