import { SHOULD_AUTOBATCH, type Action } from '@reduxjs/toolkit'
import type { ReceivedFrame } from '../internal/bytes.js'
import { isPageVisible } from '../internal/environment.js'
import { show } from '../internal/errors.js'
import type { Deliver, FeatureContext } from './feature.js'
import { refuseFrame } from './inbound.js'
import { isActionLike, pickMembers, toMatcher } from './match.js'

/** Types of Redux, of Redux Toolkit, of redux-persist and of this library. */
const reservedTypes = /^(socket[/:]|@@|__rtkq\/|(listener|dynamic)Middleware\/|persist\/)/

/** Creates the function that turns messages into actions of the store. */
export const createRouter = (context: FeatureContext): Deliver => {
  const { options, pipeline, hooks, store } = context
  const { autoBatch = true, reserved = [], toActions } = options
  const { name, prefix, guard } = store
  const accepts = toMatcher(options.accept, 'accept')
  const metas = (meta: object) => [meta, { ...meta, [SHOULD_AUTOBATCH]: true }] as const
  const messageMeta = metas({ socket: name })
  const receivedMeta = metas({ receivedFrom: name })

  /** A message must not take a type that belongs to the app's libraries. */
  const dispatchUnlessReserved = (action: Action, frame: ReceivedFrame): void => {
    const { type } = action
    if (reservedTypes.test(type) || reserved.some((start) => type.startsWith(start))) {
      const message = __DEV__
        ? `Expected a type of the app's own, got "${type.slice(0, 60)}": that prefix is reserved.`
        : ''
      refuseFrame(context, frame, message, 'reserved_type')
    } else store.dispatch(action)
  }

  /** Dispatches what `toActions` returned: actions, and thunks. */
  const dispatchMapped = (mapped: unknown, meta: object, frame: ReceivedFrame): void => {
    for (const action of ([] as unknown[]).concat(mapped)) {
      if (isActionLike(action))
        dispatchUnlessReserved({ ...action, meta: { ...(action.meta as object), ...meta } } as Action, frame)
      else if (typeof action === 'function') guard('toActions', () => store.contextWith({}).dispatch(action as never))
      else {
        const message = __DEV__
          ? `Expected "toActions" to return actions, thunks or undefined, got ${show(action)}.`
          : ''
        refuseFrame(context, frame, message, 'invalid_action')
      }
    }
  }

  /** One message becomes one dispatch, or those that `toActions` returns. */
  const route = (message: unknown, frame: ReceivedFrame): void => {
    const batchIndex = autoBatch && isPageVisible() ? 1 : 0
    if (accepts && isActionLike(message) && guard('accept', () => accepts(message))) {
      return dispatchUnlessReserved(pickMembers(message, receivedMeta[batchIndex]), frame)
    }
    const mapped: unknown = toActions && guard('toActions', () => toActions(message as never))
    if (mapped) dispatchMapped(mapped, receivedMeta[batchIndex], frame)
    else store.dispatch({ type: `${prefix}/message`, payload: message, meta: messageMeta[batchIndex] } as Action)
  }
  return (message, frame) => {
    try {
      const isPlain = typeof frame === 'string' && pipeline.isPlain()
      const plain = isPlain ? message : pipeline.toPlain(message, pipeline.keepBytes)
      if (!hooks.some('onMessage', plain)) route(plain, frame)
    } catch (error) {
      // The message contains itself, or its toJSON throws.
      return refuseFrame(context, frame, error)
    }
    hooks.run('onDelivered', message)
  }
}
