import { noHooks } from '../internal/hookLists.js'
import { isSocketAction, socketNameOf } from '../actions/creators.js'
import { isReceived } from '../actions/received.js'
import { codedError } from '../internal/errors.js'
import type { CommandAction, CommandHandler, ConnectionContext } from './feature.js'
import { isActionLike, toMatcher, type ActionLike } from './match.js'
import type { Sender } from './outbound.js'
import { correctRestoredState } from './rehydrate.js'

type Next = (action: unknown) => unknown

/** What a command that brings its own code carries in its meta. */
export interface CarriedMeta {
  readonly run?: (context: ConnectionContext, payload: unknown) => unknown
}

const protocolVerbs = /\/(request|batch|notify|subscribe)$/

/** The handler of a command of this connection; `undefined` for one that has been carried out, and for other actions. */
const findHandler = (
  context: ConnectionContext,
  commands: ReadonlyMap<string, CommandHandler>,
  { type, meta }: CommandAction,
): CommandHandler | undefined => {
  const { hooks, isDisposed, options, taskQueue } = context
  if (meta.delivery) return undefined
  const { run } = meta as CarriedMeta
  if (run) return ({ payload }) => taskQueue.run(() => run(context, payload))
  for (const { call } of hooks.lists.handlerOf ?? noHooks) {
    const handler = call(type)
    if (handler) return handler
  }
  // After the end, commands pass through.
  if (isDisposed()) return undefined
  const handler = commands.get(type)
  if (__DEV__ && !handler && protocolVerbs.test(type) && !options.protocol) {
    throw codedError(
      'no_protocol',
      `"${type}" is for a protocol, and this connection speaks none: give createSocketMiddleware the option protocol: jsonRpc().`,
    )
  }
  return handler
}

/** Creates the function that takes every action of the store. */
export const createActionHandler = (
  context: ConnectionContext,
  commands: ReadonlyMap<string, CommandHandler>,
  send: Sender,
) => {
  const { guard, isDisposed, name, options, taskQueue } = context
  const forwards = toMatcher(options.forward, 'forward')
  let isCorrected = false
  const correctOnce = () => {
    if (isCorrected || isDisposed()) return
    isCorrected = true
    correctRestoredState(context)
  }
  queueMicrotask(correctOnce)

  /** What was received here never goes back, and actions of this library are not sent. */
  const isForwarded = (action: unknown): action is ActionLike =>
    forwards !== undefined &&
    !isDisposed() &&
    isActionLike(action) &&
    !isReceived(action, name) &&
    !isSocketAction(action) &&
    guard(__DEV__ ? 'A rule of "forward"' : 'forward', () => forwards(action)) === true

  return (action: unknown, next: Next): unknown => {
    correctOnce()
    const handler = socketNameOf(action) === name && findHandler(context, commands, action as CommandAction)
    if (handler) return handler(action as CommandAction, next)
    if (!isForwarded(action)) return next(action)
    return taskQueue.run(() => {
      const { type, payload, error } = action
      send({ type, ...('payload' in action && { payload }), ...('error' in action && { error }) })
      return next(action)
    })
  }
}
