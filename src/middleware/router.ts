import { SHOULD_AUTOBATCH, type Action } from '@reduxjs/toolkit'
import type { ReceivedFrame } from '../internal/bytes.js'
import { isPageVisible } from '../internal/environment.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import type { FeatureHooks } from './feature.js'
import type { FrameGuard } from './inbound.js'
import { isActionLike, toMatcher, type ActionLike } from './match.js'
import type { SocketMiddlewareOptions } from './options.js'
import type { Pipeline } from './pipeline.js'
import type { StorePort } from './storePort.js'

/** Type prefixes that belong to Redux, to Redux Toolkit and to this library. */
const alwaysReserved = ['socket/', 'socket:', '@@', '__rtkq/', 'listenerMiddleware/', 'dynamicMiddleware/', 'persist/']

/** Turns checked messages into actions of the store. */
export type Router = ReturnType<typeof createRouter>

interface RouterContext {
  readonly options: SocketMiddlewareOptions
  readonly pipeline: Pipeline
  readonly hooks: HookLists<FeatureHooks>
  readonly store: StorePort
  readonly frameGuard: FrameGuard
}

/** Creates the router of one connection. None of its members throws. */
export const createRouter = ({ options, pipeline, hooks, store, frameGuard: { refuse } }: RouterContext) => {
  const { autoBatch = true, toActions } = options
  const { name, prefix, guard } = store
  const accepts = toMatcher(options.accept, 'accept')
  const reserved = alwaysReserved.concat(options.reserved ?? [])
  const metas = (meta: object) => [meta, { ...meta, [SHOULD_AUTOBATCH]: true }] as const
  const messageMeta = metas({ socket: name })
  const receivedMeta = metas({ receivedFrom: name })

  /** A message must not take a type that belongs to the app's libraries. */
  const dispatchUnlessReserved = (action: Action, frame: ReceivedFrame) => {
    const type: unknown = (action as Action | null)?.type
    if (typeof type !== 'string' || !reserved.some((start) => type.startsWith(start))) return store.dispatch(action)
    refuse(
      frame,
      __DEV__ ? `Expected a type of the app's own, got "${type.slice(0, 60)}": that prefix is reserved.` : '',
      'reserved_type',
    )
  }
  /** Only these three come through. Not spread: every message passes here. */
  const accepted = (message: ActionLike, meta: object): Action => {
    const action = { type: message.type, meta }
    if ('payload' in message) Object.assign(action, { payload: message.payload })
    if ('error' in message) Object.assign(action, { error: message.error })
    return action
  }

  /** One message to one dispatch, or to those that `toActions` names. */
  const route = (message: unknown, frame: ReceivedFrame) => {
    const at = autoBatch && isPageVisible() ? 1 : 0
    if (accepts && isActionLike(message) && guard(__DEV__ ? 'A rule of "accept"' : 'accept', () => accepts(message))) {
      return dispatchUnlessReserved(accepted(message, receivedMeta[at]), frame)
    }
    const mapped = toActions && guard(__DEV__ ? '"toActions"' : 'toActions', () => toActions(message as never))
    if (!mapped) return store.dispatch({ type: `${prefix}/message`, payload: message, meta: messageMeta[at] } as Action)
    for (const action of ([] as Action[]).concat(mapped)) {
      dispatchUnlessReserved(
        { ...action, meta: { ...((action as ActionLike | null)?.meta as object), ...receivedMeta[at] } } as never,
        frame,
      )
    }
  }
  return {
    /** Gives a message to the store, then to the listeners. */
    deliver: (message: unknown, frame: ReceivedFrame): void => {
      try {
        const plain =
          typeof frame === 'string' && pipeline.isPlain() ? message : pipeline.toPlain(message, pipeline.keepBytes)
        if (!hooks.some('onMessage', plain)) route(plain, frame)
      } catch (error) {
        // The message is circular, or its toJSON throws.
        return refuse(frame, error)
      }
      for (const { call } of hooks.lists.onDelivered ?? noHooks) call(message)
    },
  }
}
