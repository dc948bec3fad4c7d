import type { Action } from '@reduxjs/toolkit'
import type { CommandCreator } from '../actions/commands.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import type { Phase } from '../connection/lifecycle.js'
import type { SendOptions, SendResult, SocketEvents } from '../connection/types.js'
import type { SerializedSocketError } from '../internal/errors.js'
import type { Guard } from '../internal/guard.js'

/** What a connection offers to the protocol on it. Its members may be called only after the factory has returned. */
export interface ProtocolHost {
  /** The connection's name. */
  readonly name: string
  /** The connection's actions. */
  readonly actions: SocketActions
  /**
   * Sends a value of the protocol through the codec, past the app's schema. It waits, and is dropped, as any send. Never throws. The result reports that it
   * was dropped at once, `onEvent('dropped')` that it was dropped later, under the same id.
   */
  readonly send: (value: unknown, options?: SendOptions) => SendResult
  /** Removes a send that still waits from the queue; no drop is reported. Returns false when it does not wait any more. */
  readonly withdraw: (id: string) => boolean
  /** The ids of all sends that wait, those of the app included. */
  readonly queuedIds: () => readonly string[]
  /** Dispatches an action of the protocol, after the event or the command that is under way. */
  readonly dispatch: (action: Action) => void
  /** Dispatches what the peer has just sent, at once, with the auto-batch mark of received messages. For `receive`. */
  readonly deliver: (action: Action & { readonly meta?: object }) => void
  /** The store's state. */
  readonly getState: () => unknown
  /** Reports a problem as a `socketError`. */
  readonly report: (problem: SerializedSocketError) => void
  /** Runs a callback of the app. What it throws becomes a `socketError` (`callback_failed`), and the result is `undefined`. */
  readonly guard: Guard
  /** Opens a lazy connection that is closed, as a send does. */
  readonly use: () => void
  /** What the connection is doing. Not `open` before the protocol's `resume` has run. */
  readonly status: () => Phase
}

/** A command of the protocol, as it was dispatched. */
export interface ProtocolCommand<Payload = unknown> {
  /** `socket/verb`, or `socket:NAME/verb`. */
  readonly type: string
  /** What its creator put there. */
  readonly payload: Payload
  /** The connection's name, and what the creator put there. */
  readonly meta: { readonly socket: string }
}

/** Carries out a command of the protocol: the type of its first parameter types the creator, its result is what `dispatch` returns. */
export type ProtocolCommandHandler = {
  // A method: its parameter may be narrower than `unknown`.
  handle(command: ProtocolCommand, next: (action: ProtocolCommand) => unknown): unknown
}['handle']

/** The handlers of a protocol's commands, by verb. */
export type ProtocolCommandHandlers = Readonly<Record<string, ProtocolCommandHandler>>

/** The payload of a command with this handler. */
type PayloadOf<Handler> = Handler extends (command: ProtocolCommand<infer Payload>, ...rest: never) => unknown
  ? Payload
  : unknown

/** The result of a handler; it is `undefined` when the handler throws. */
type ReturnedBy<Handler> = Handler extends (...args: never) => infer Returned ? Returned : unknown

/** What a protocol's handshake is given: values past the app's schema. */
export interface ProtocolWire {
  /** Sends a value at once. Throws what the codec throws; where that is async it returns a promise. Sends keep their order. */
  readonly send: (value: unknown) => void | Promise<void>
  /** The next message, decoded. What is not read is delivered after `open`. Rejects as that of the app's handshake does. */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<unknown>
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
  /** Sets the times of the heartbeat, in milliseconds, until the next call. Needs the option `heartbeat`. */
  readonly setHeartbeat: (times: { readonly interval?: number; readonly timeout?: number }) => void
}

/** What `beforeClose` of a protocol is given. */
export interface ClosingWire {
  /** Sends a value at once. Throws what the codec throws, and `encode_failed` where the codec is async: the socket does not wait. */
  readonly send: (value: unknown) => void
  /** Whether the connection stays closed; `false` when it connects again at once. An idle connection stays closed until its next use. */
  readonly isFinal: boolean
}

/**
 * A protocol on a connection, beside the app's own messages: JSON-RPC, graphql-transport-ws, MQTT … All members are optional. What they throw becomes a
 * `socketError` (`callback_failed`) and has no other effect; only what the handshake throws loses the connection.
 *
 * On each open: `handshake`, then the app's own handshake, then `resume`, then the queue is flushed, then `onEvent('opened')`.
 */
export interface Protocol<Handlers extends ProtocolCommandHandlers = ProtocolCommandHandlers> {
  /** Offered to the server before the app's own `protocols`. */
  readonly subprotocols?: readonly string[]
  /**
   * The protocol's own commands, by verb (`request` for `socket/request`), and what carries them out; `dispatch` returns their result. Reducers get what
   * is passed to `next`: it must be plain data and have `meta.delivery`. A verb of the core (`send`, `close`, `message`, …) is `invalid_option`.
   */
  readonly commands?: Handlers
  /**
   * Whether a decoded message belongs to the protocol: then `receive` gets it, and neither the schema, `accept` nor the store. Called as soon as a message
   * is decoded, possibly before earlier messages were received, so it may look at nothing but the message.
   */
  readonly claims?: (message: unknown) => boolean
  /**
   * Takes a message that it claimed, in its turn. `toPlain` converts a value to plain data for the store: bytes become handles, a Date becomes a text;
   * plain data is returned as it is.
   */
  readonly receive?: (message: unknown, toPlain: (value: unknown) => unknown) => void
  /** Runs on every open before the app's handshake, within the same time limit. When it throws, the connection is retried. */
  readonly handshake?: (wire: ProtocolWire) => unknown
  /** Runs on every open after the handshakes. What it sends goes out before the queue. A promise that it returns is not awaited. */
  readonly resume?: (wire: Pick<ProtocolWire, 'send' | 'reconnected'>) => void
  /**
   * Sends a last message before this side closes an open connection: `socketClose`, an idle close, `dispose`, the end of the page; and before it gives the
   * socket up to connect again: `socketReconnect`, another address, the back-forward cache, a missed heartbeat. What it sends goes out before the close
   * frame. Not called when the peer closes, nor before the connection was ready.
   */
  readonly beforeClose?: (wire: ClosingWire) => void
  /** Whether it waits for the peer. The connection is then not closed for being idle. */
  readonly isBusy?: () => boolean
  /** Gets the events of the connection, before the store does. */
  readonly onEvent?: <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => void
  /** The middleware was disposed of, and the connection is closed. */
  readonly dispose?: () => void
}

/** Creates the protocol of one connection of one store, for `createProtocol`. */
export type ProtocolFactory<Handlers extends ProtocolCommandHandlers = ProtocolCommandHandlers> = (
  host: ProtocolHost,
) => Protocol<Handlers>

/** What the option `protocol` takes. */
export interface SocketProtocol {
  /** A feature, for the middleware. */
  readonly feature: object
}

/** What `createProtocol` returns, for the option `protocol`. */
export interface CustomProtocol<Handlers = ProtocolCommandHandlers> extends SocketProtocol {
  /**
   * The creator of one of the protocol's commands, typed by its handler. `actions` are those of the connection.
   * @default the default connection's
   */
  readonly command: <Verb extends keyof Handlers & string>(
    verb: Verb,
    actions?: Pick<SocketActions, 'name'>,
  ) => CommandCreator<
    undefined extends PayloadOf<Handlers[Verb]>
      ? [payload?: PayloadOf<Handlers[Verb]>]
      : [payload: PayloadOf<Handlers[Verb]>],
    PayloadOf<Handlers[Verb]>,
    ReturnedBy<Handlers[Verb]>
  >
}
