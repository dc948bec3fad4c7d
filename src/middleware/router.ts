import { SHOULD_AUTOBATCH, type Action } from '@reduxjs/toolkit'
import type { ReceivedFrame } from '../internal/bytes.js'
import { isPageVisible } from '../internal/environment.js'
import { show } from '../internal/errors.js'
import type { HookLists } from '../internal/hookLists.js'
import type { FeatureHooks, FrameGuard, Pipeline, Router, StorePort } from './feature.js'
import { isActionLike, toMatcher, type ActionLike } from './match.js'
import type { SocketMiddlewareOptions } from './options.js'

/** Type prefixes of Redux, of Redux Toolkit and of this library. */
const reservedPrefixes = [
  'socket/',
  'socket:',
  '@@',
  '__rtkq/',
  'listenerMiddleware/',
  'dynamicMiddleware/',
  'persist/',
]

interface RouterContext {
  readonly options: SocketMiddlewareOptions
  readonly pipeline: Pipeline
  readonly hooks: HookLists<FeatureHooks>
  readonly store: StorePort
  readonly frameGuard: FrameGuard
}

/** An action out of a message. Only three members come through. Not spread: every message passes here. */
const toAccepted = (message: ActionLike, meta: object): Action => {
  const action = { type: message.type, meta }
  if ('payload' in message) Object.assign(action, { payload: message.payload })
  if ('error' in message) Object.assign(action, { error: message.error })
  return action
}

/** Creates the router of one connection: it turns messages into actions of the store. */
export const createRouter = ({ options, pipeline, hooks, store, frameGuard: { refuse } }: RouterContext): Router => {
  const { autoBatch = true, reserved = [], toActions } = options
  const { name, prefix, guard } = store
  const accepts = toMatcher(options.accept, 'accept')
  const forbidden = reservedPrefixes.concat(reserved)
  const metas = (meta: object) => [meta, { ...meta, [SHOULD_AUTOBATCH]: true }] as const
  const messageMeta = metas({ socket: name })
  const receivedMeta = metas({ receivedFrom: name })

  /** A message must not take a type that belongs to the app's libraries. */
  const dispatchUnlessReserved = (action: Action, frame: ReceivedFrame): void => {
    const { type } = action
    if (forbidden.some((start) => type.startsWith(start))) {
      const message = __DEV__
        ? `Expected a type of the app's own, got "${type.slice(0, 60)}": that prefix is reserved.`
        : ''
      refuse(frame, message, 'reserved_type')
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
        refuse(frame, message, 'invalid_action')
      }
    }
  }

  /** One message becomes one dispatch, or those that `toActions` returns. */
  const route = (message: unknown, frame: ReceivedFrame): void => {
    const batchIndex = autoBatch && isPageVisible() ? 1 : 0
    if (accepts && isActionLike(message) && guard('accept', () => accepts(message))) {
      return dispatchUnlessReserved(toAccepted(message, receivedMeta[batchIndex]), frame)
    }
    const mapped: unknown = toActions && guard('toActions', () => toActions(message as never))
    if (mapped) dispatchMapped(mapped, receivedMeta[batchIndex], frame)
    else store.dispatch({ type: `${prefix}/message`, payload: message, meta: messageMeta[batchIndex] } as Action)
  }
  return {
    deliver: (message, frame) => {
      try {
        const isPlain = typeof frame === 'string' && pipeline.isPlain()
        const plain = isPlain ? message : pipeline.toPlain(message, pipeline.keepBytes)
        if (!hooks.some('onMessage', plain)) route(plain, frame)
      } catch (error) {
        // The message contains itself, or its toJSON throws.
        return refuse(frame, error)
      }
      for (const onDelivered of hooks.list('onDelivered')) onDelivered(message)
    },
  }
}
