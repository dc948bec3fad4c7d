import { named as namedAs, socketNameOf } from './creators.js'
import type { SocketEvents } from '../connection/types.js'

/** What every action of a connection carries. */
export interface SocketMeta {
  /** The name of the connection; `'default'` for the default one. */
  readonly socket: string
}

/** An event of a connection. (A type, not an interface: only types are assignable to Redux's `UnknownAction`.) */
export type SocketEvent<Payload> = {
  /** `socket/what happened`, or `socket:NAME/what happened` for a named connection. */
  readonly type: string
  /** What happened, plain data. */
  readonly payload: Payload
  /** The connection's name. */
  readonly meta: SocketMeta
}

/** The creator of an event. `match` also looks at the connection's name, so that a slice of the app called `socket` is safe. */
export interface SocketEventCreator<Payload> {
  (payload: Payload): SocketEvent<Payload>
  /** The type of what it creates; for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this event, of this connection. */
  readonly match: (action: unknown) => action is SocketEvent<Payload>
}

/** The events of one connection. */
export interface SocketEventCreators<Received> {
  /** An attempt begins. */
  readonly connecting: SocketEventCreator<SocketEvents['connecting']>
  /** The connection is ready. */
  readonly opened: SocketEventCreator<SocketEvents['opened']>
  /** A message that no `accept` rule claimed. */
  readonly message: SocketEventCreator<Received>
  /** Something went wrong, not terminal: `code` is listed in docs/errors.md. */
  readonly error: SocketEventCreator<SocketEvents['error']>
  /** A socket is gone: what the network said, never invented. */
  readonly closed: SocketEventCreator<SocketEvents['closed']>
  /** The next attempt waits. */
  readonly reconnecting: SocketEventCreator<SocketEvents['reconnecting']>
  /** Gave up, and why; terminal until the next connect. */
  readonly failed: SocketEventCreator<SocketEvents['failed']>
  /** Sends that will not arrive, and why. */
  readonly dropped: SocketEventCreator<SocketEvents['dropped']>
  /** Received bytes that were let go to make room for newer ones: their handles lead nowhere now. */
  readonly released: SocketEventCreator<SocketEvents['released']>
  /** Counters that changed, at most once a frame. */
  readonly changed: SocketEventCreator<SocketEvents['changed']>
}

/** Creates the creator of one event. */
export const createEvent = <Payload>(socket: string, type: string): SocketEventCreator<Payload> =>
  namedAs(socket, type, (payload: Payload) => ({
    type,
    payload,
    meta: { socket },
  })) as unknown as SocketEventCreator<Payload>

/** A creator whose `match` wants the type and the connection's name to agree. */
export const named = <Creator extends { readonly type: string }>(socket: string, creator: Creator): Creator =>
  namedAs(socket, creator.type, creator as never) as never

export { socketNameOf }
