import { codedError, show } from '../internal/errors.js'
import { createCommands, type SocketCommandCreators } from './commands.js'
import { createEvent, socketNameOf, type SocketEventCreators } from './events.js'

/** What may be sent and what is received, by type. */
export interface Contract {
  /** What `send` takes, before the codec. */
  readonly send: unknown
  /** What `message` carries and `toActions` is given: a promise of the server's, not checked. */
  readonly receive: unknown
}

/** The whole vocabulary of one connection. */
export interface SocketActions<C extends Contract = Contract>
  extends SocketCommandCreators<C['send']>, SocketEventCreators<C['receive']> {
  /** The connection's name. */
  readonly name: string
  /** The same set, typed by a {@link Contract}. */
  readonly withTypes: <Typed extends Contract>() => SocketActions<Typed>
}

/** The name of the connection that needs none. */
export const DEFAULT_NAME = 'default'

const events = [
  'connecting',
  'opened',
  'message',
  'error',
  'closed',
  'reconnecting',
  'failed',
  'dropped',
  'changed',
] as const

/**
 * Creates the actions of a connection: types are `socket/verb` for the default one, `socket:NAME/verb` for a named one, and `meta.socket`
 * is the name.
 * @throws `invalid_option` for a name that is empty or has a slash
 */
export const createSocketActions = (name: string = DEFAULT_NAME): SocketActions => {
  if (typeof name !== 'string' || !/^[^/]+$/.test(name) || name in {}) {
    throw codedError(
      'invalid_option',
      `createSocketActions: expected a name without a slash that is no property of every object, got ${show(name)}.`,
    )
  }
  const prefix = name === DEFAULT_NAME ? 'socket' : `socket:${name}`
  const actions: SocketActions = {
    name,
    ...createCommands<unknown>(name, prefix),
    ...(Object.fromEntries(
      events.map((event) => [event, createEvent(name, `${prefix}/${event}`)]),
    ) as unknown as SocketEventCreators<unknown>),
    withTypes: <Typed extends Contract>() => actions as unknown as SocketActions<Typed>,
  }
  return actions
}

/** Whether an action belongs to a connection: its type and its `meta.socket` agree. With a `name`, to that one. */
export const isSocketAction = (
  action: unknown,
  name?: string,
): action is { readonly type: string; readonly payload: unknown; readonly meta: { readonly socket: string } } => {
  const socket = socketNameOf(action)
  if (typeof socket !== 'string' || (name !== undefined && socket !== name)) return false
  const { type } = action as { type: unknown }
  return typeof type === 'string' && type.startsWith(socket === DEFAULT_NAME ? 'socket/' : `socket:${socket}/`)
}

/** Whether an action came in over a connection (`accept`, `toActions`). With a `name`, over that one. */
export const isReceived = (
  action: unknown,
  name?: string,
): action is { readonly type: string; readonly meta: { readonly receivedFrom: string } } => {
  const from = (action as { meta?: { receivedFrom?: unknown } } | null | undefined)?.meta?.receivedFrom
  return typeof from === 'string' && (name === undefined || from === name)
}
