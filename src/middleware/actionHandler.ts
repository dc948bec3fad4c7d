import { isSocketAction, socketNameOf } from '../actions/creators.js'
import { isReceived } from '../actions/received.js'
import type { SendResult } from '../connection/types.js'
import type { CommandAction, CommandHandler, ConnectionContext } from './feature.js'
import { createWarnings } from './devWarnings.js'
import { isActionLike, pickMembers, toMatcher, type ActionLike } from './match.js'
import type { Sender } from './outbound.js'
import type { StateSync } from './stateSync.js'

type Next = (action: unknown) => unknown

/** The `meta` of a command that carries its own code, as thunks do: it costs nothing in an app that does not import it. */
interface CarriedMeta {
  readonly run?: (context: ConnectionContext, command: CommandAction, next: Next) => unknown
}

/** The handler of a command of this connection; `undefined` for one that was carried out, and for other actions. */
const findHandler = (
  context: ConnectionContext,
  commands: ReadonlyMap<string, CommandHandler>,
  { type, meta }: CommandAction,
): CommandHandler | undefined => {
  if (meta.delivery) return undefined
  for (const handlerOf of context.hooks.list('handlerOf')) {
    const handler = handlerOf(type)
    if (handler) return handler
  }
  const { run } = meta as CarriedMeta
  if (run) return (command, next) => context.taskQueue.run(() => run(context, command, next))
  return commands.get(type)
}

/** Whether a send came before any connect, on a connection that it does not open. */
const isEarlySend = ({ connection, hooks }: ConnectionContext, { type }: CommandAction): boolean =>
  /\/send(Raw)?$/.test(type) && connection.phase() === 'idle' && !hooks.some('isAsleep')

/** Creates the function that takes every action of the store. */
export const createActionHandler = (
  context: ConnectionContext,
  commands: ReadonlyMap<string, CommandHandler>,
  send: Sender,
  sync: StateSync,
) => {
  const { connection, guard, hooks, isDisposed, name, options, taskQueue } = context
  const forwards = toMatcher(options.forward, 'forward')
  const warnings = __DEV__ ? createWarnings(name) : undefined
  const check = () => {
    // `dispose` removes the commands: the store is not corrected any more.
    if (!commands.size) return
    sync.check()
    if (__DEV__ && connection.phase() !== 'idle') warnings?.findMount(context.store.getState())
  }
  queueMicrotask(check)

  /** What was received on any connection is not sent: two connections would pass it on for ever. Actions of this library are not sent either. */
  const isForwarded = (action: unknown): action is ActionLike =>
    forwards !== undefined &&
    !isDisposed() &&
    isActionLike(action) &&
    !isReceived(action) &&
    !isSocketAction(action) &&
    guard('forward', () => forwards(action)) === true

  const pass = (action: unknown, next: Next): unknown => {
    if (!isForwarded(action)) return next(action)
    return taskQueue.run(() => {
      const { meta, ...value } = pickMembers(action, action.meta as object)
      return next({ ...action, meta: { ...meta, ...send(value) } })
    })
  }

  return (next: Next) =>
    (action: unknown): unknown => {
      const handler = socketNameOf(action) === name && findHandler(context, commands, action as CommandAction)
      // A command acts on a true state. Inside a reducer this throws, before the command acts.
      if (handler) check()
      const result = handler ? handler(action as CommandAction, next) : pass(action, next)
      if (__DEV__ && handler && isEarlySend(context, action as CommandAction)) {
        warnings?.sentBeforeConnect((result as SendResult).delivery)
      }
      check()
      hooks.lists.onAction?.forEach((onAction) => onAction(action))
      return result
    }
}
