import type { SocketActions } from '../actions/createSocketActions.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import { createEvent, type SocketEventCreator } from '../actions/events.js'

/** Sends that the server has handled. */
export interface AcknowledgedPayload {
  /** The ids of the sends, in their order. */
  readonly ids: readonly string[]
}

/** The actions of the session of one connection. */
export interface SessionActions {
  /** The connection's name. */
  readonly name: string
  /** The server has handled these sends. At most once every 16 ms. */
  readonly acknowledged: SocketEventCreator<AcknowledgedPayload>
}

/** Creates the actions of the session of a named connection. It takes a set of `createSocketActions`, of which it uses the name. See docs/sessions.md. */
export const createSessionActions = ({ name }: Pick<SocketActions, 'name'>): SessionActions => ({
  name,
  acknowledged: createEvent(name, 'acknowledged'),
})

/** The server has handled these sends: `{ ids }`. At most once every 16 ms. */
export const socketAcknowledged = /* @__PURE__ */ createEvent<AcknowledgedPayload>(DEFAULT_NAME, 'acknowledged')
