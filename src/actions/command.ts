import type { SocketMeta } from './events.js'

declare const returned: unique symbol

/** The `meta` of a command: names the connection and, to the type checker only, what `dispatch` returns. */
export interface CommandMeta<Returned> extends SocketMeta {
  /** For the type checker only: nothing of the kind exists at run time. */
  readonly [returned]: Returned
}

/** An action that asks something of a connection. */
export type Command<Payload, Returned, Meta = object> = {
  /** `socket/verb`, or `socket:NAME/verb` for a named connection. */
  readonly type: string
  /** What is asked for, plain data. */
  readonly payload: Payload
  /** The connection's name; once a middleware has taken the command, `delivery` too, and for a send its `id`. */
  readonly meta: CommandMeta<Returned> & Meta
}

/** The overload that a store's `dispatch` gains: a command returns what its type says. */
export interface SocketDispatch {
  <Returned>(command: { readonly type: string; readonly meta: CommandMeta<Returned> }): Returned
}
