import type { SocketMeta } from './events.js'

declare const returned: unique symbol

/** The `meta` of a command: the connection's name and, for the type checker only, what `dispatch` returns. */
export interface CommandMeta<Returned> extends SocketMeta {
  /** For the type checker only: it does not exist at run time. */
  readonly [returned]: Returned
}

/** An action that tells a connection what to do. */
export type Command<Payload, Returned, Meta = object> = {
  /** `socket/verb`, or `socket:NAME/verb` for a named connection. */
  readonly type: string
  /** Plain data. */
  readonly payload: Payload
  /** The connection's name; once a middleware has carried out the command, `delivery` too, and for a send its `id`. */
  readonly meta: CommandMeta<Returned> & Meta
}

/** The overload that a store's `dispatch` gains: dispatching a command returns what its type names. */
export interface SocketDispatch {
  <Returned>(command: { readonly type: string; readonly meta: CommandMeta<Returned> }): Returned
}
