import type { SocketEvents } from '../connection/types.js'
import { creatorOf } from './creators.js'

/** What every action of a connection carries. */
export interface SocketMeta {
  /** The name of the connection; `'default'` for the default one. */
  readonly socket: string
}

/** An event of a connection. (A type, not an interface: only types are assignable to Redux's `UnknownAction`.) */
export type SocketEvent<Payload> = {
  /** `socket/opened` and so on, or `socket:NAME/opened` for a named connection. */
  readonly type: string
  /** Plain data. */
  readonly payload: Payload
  /** The connection's name. */
  readonly meta: SocketMeta
}

/** The creator of an event. `match` also compares the connection's name, so that a slice of the app called `socket` is safe. */
export interface SocketEventCreator<Payload> {
  (payload: Payload): SocketEvent<Payload>
  /** The type of what it creates, for `addCase` and rules. */
  readonly type: string
  /** Whether an action is this event, of this connection. */
  readonly match: (action: unknown) => action is SocketEvent<Payload>
}

/** The events of one connection. */
export interface SocketEventCreators<Received> {
  /** An attempt starts. */
  readonly connecting: SocketEventCreator<SocketEvents['connecting']>
  /** The connection is ready. */
  readonly opened: SocketEventCreator<SocketEvents['opened']>
  /** A message that no `accept` rule matched. */
  readonly message: SocketEventCreator<Received>
  /** Something failed, and the connection goes on: `code` is listed in docs/errors.md. */
  readonly error: SocketEventCreator<SocketEvents['error']>
  /** A socket is gone. The payload holds what the network reported, nothing invented. */
  readonly closed: SocketEventCreator<SocketEvents['closed']>
  /** The next attempt waits. */
  readonly reconnecting: SocketEventCreator<SocketEvents['reconnecting']>
  /** The connection has given up, until the next connect; `at` is when, in milliseconds since the epoch. */
  readonly failed: SocketEventCreator<SocketEvents['failed'] & { readonly at: number }>
  /** Sends that will not arrive, and why. */
  readonly dropped: SocketEventCreator<SocketEvents['dropped']>
  /** Received bytes that were released to make room for newer ones: their handles are no longer valid. */
  readonly released: SocketEventCreator<SocketEvents['released']>
  /** Values of the connection's state that changed, at most once every 16 ms. */
  readonly changed: SocketEventCreator<SocketEvents['changed']>
}

/** Creates the creator of one event of the connection `socket`. */
export const createEvent = <Payload>(socket: string, verb: string): SocketEventCreator<Payload> =>
  creatorOf(socket, verb, (payload: Payload) => payload) as never
