import type { Action } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import type { Problem } from '../internal/errors.js'
import type { Phase } from '../connection/lifecycle.js'
import type { SendOptions, SocketEvents } from '../connection/types.js'
import type { Feature } from './feature.js'
import type { Guard } from '../internal/guard.js'

/** What a connection does for the protocol that is spoken on it. Only to be called once the factory has returned. */
export interface ProtocolHost {
  /** The connection's name. */
  readonly name: string
  /** The connection's vocabulary. */
  readonly actions: SocketActions
  /**
   * Sends a value of the protocol's own through the codec, past the app's schema; waits, and is dropped, like any send. Never throws. That it was
   * dropped is told by the result, and later by `hear('dropped')`, under the same id.
   */
  readonly send: (value: unknown, options?: SendOptions) => SendResult
  /** Takes a send that still waits out of the queue; nobody is told. False when it does not wait (any more). */
  readonly withdraw: (id: string) => boolean
  /** The ids of all sends that wait, the app's among them. */
  readonly waiting: () => readonly string[]
  /** Dispatches an action of the protocol's, after the event or the command that is under way. */
  readonly dispatch: (action: Action) => void
  /** Dispatches what the peer has just sent, at once, with the auto-batch mark that received messages carry. For `receive`. */
  readonly deliver: (action: Action & { readonly meta?: object }) => void
  /** The store's state. */
  readonly getState: () => unknown
  /** Tells a problem as a `socketError`. */
  readonly report: (problem: Problem) => void
  /** Runs a callback of the app's: what it throws is a `socketError` (`callback_failed`), and the result `undefined`. */
  readonly guard: Guard
  /** Opens a lazy connection that sleeps, as a send would. */
  readonly use: () => void
  /** What the connection is doing. Not `open` before the protocol's `resume` has run. */
  readonly status: () => Phase
}

/** A command of the protocol, as it was dispatched. */
export interface ProtocolCommand {
  /** `socket/verb`, or `socket:NAME/verb`. */
  readonly type: string
  /** Whatever its creator put there. */
  readonly payload: unknown
  /** The connection's name, and whatever its creator put there. */
  readonly meta: { readonly socket: string }
}

/** What a protocol's handshake is given: values past the app's schema. */
export interface ProtocolWire {
  /** Sends a value at once. Throws what the codec throws; where that is async it returns a promise. Sends keep their order. */
  readonly send: (value: unknown) => void | Promise<void>
  /** The next message, decoded. What is not read goes the usual way after `open`. Rejects as the app's handshake's does. */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<unknown>
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

/**
 * What is spoken on a connection beside the app's own messages: JSON-RPC, graphql-transport-ws, MQTT … All members are optional. What they throw is a
 * `socketError` (`callback_failed`) and breaks nothing else; only a handshake's decides about the connection.
 *
 * On each open: `handshake`, then the app's own handshake, then `resume`, then what waits in the queue, then `hear('opened')`.
 */
export interface Protocol {
  /** Offered to the server before the app's own `protocols`. */
  readonly subprotocols?: readonly string[]
  /**
   * The protocol's own commands, by verb (`request` for `socket/request`), and what to do about them; `dispatch` returns what that returns. Reducers
   * see what it gives to `next`, which must be plain, and carry `meta.delivery`.
   */
  readonly commands?: Readonly<
    Record<string, (command: ProtocolCommand, next: (action: ProtocolCommand) => unknown) => unknown>
  >
  /**
   * Whether a decoded message is the protocol's: then `receive` gets it, and neither the schema, `accept` nor the store. Asked as soon as a message
   * is decoded, maybe before those ahead of it have been received, so it may look at nothing but the message.
   */
  readonly claims?: (message: unknown) => boolean
  /**
   * Takes a message that it claims, in its turn. `toPlain` makes of a value what the store may have: bytes become handles, a Date a text; what is
   * plain is given back as it is.
   */
  readonly receive?: (message: unknown, toPlain: (value: unknown) => unknown) => void
  /** Runs on every open before the app's handshake, within the same time; throws and is retried as that is. */
  readonly handshake?: (wire: ProtocolWire) => unknown
  /** Runs on every open after the handshakes. What it sends goes out before the queue; it is not waited for beyond that. */
  readonly resume?: (wire: Pick<ProtocolWire, 'send' | 'reconnected'>) => void
  /** Whether it expects something of the peer. The connection is then not closed for want of traffic. */
  readonly isBusy?: () => boolean
  /** Hears what happens to the connection, before the store does. */
  readonly hear?: <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => void
  /** The middleware is disposed of, and the connection closed. */
  readonly dispose?: () => void
}

/** Makes the protocol of one connection of one store; for `createProtocol`. */
export type ProtocolFactory = (host: ProtocolHost) => Protocol

/** What `createProtocol` makes, for the option `protocol`. */
export interface SocketProtocol {
  /** For the middleware. */
  readonly feature: Feature<'protocol'>
}
