// The public names of `reduplex/session`, listed one by one.
export type { ClientSessionOptions } from '../middleware/featureOptions.js'
export { createSessionActions, socketAcknowledged, type AcknowledgedPayload, type SessionActions } from './actions.js'
export type { SessionVerdict } from './sessionState.js'
export {
  getSessionSelectors,
  selectSession,
  selectUnacknowledged,
  type SessionSelectors,
  type SessionSocketState,
} from './selectors.js'
export { sessionFeature } from './sessionFeature.js'
