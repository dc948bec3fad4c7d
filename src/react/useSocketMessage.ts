import { useEffect, useMemo } from 'react'
import type { Contract } from '../actions/contract.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import type { HasMatch, MessageListener, MessageOfType, MessageType } from '../actions/listening.js'
import { listenOf } from '../features/listen.js'
import { toMessageMatcher } from '../middleware/match.js'
import { nameOf, useHookContext, type HooksConfig, type NameOrActions } from './storeContext.js'
import { useLatest } from './tracked.js'

/**
 * Calls `handler` with messages while the component is mounted: with those that `match` selects, as for `socketListen`, which is an action creator, a type guard, a
 * type, a RegExp that matches the whole type, or a predicate. Both may be written in place: those of the last render are used, and the listener is not added
 * again. What `handler` throws, or rejects with, is a `socketError`.
 */
export interface UseSocketMessage<Received> {
  /** By an action creator: the message is such an action. */
  <Matched extends Received>(match: HasMatch<Matched>, handler: MessageListener<Matched>): void
  /** By a type guard. */
  <Matched extends Received>(match: (message: Received) => message is Matched, handler: MessageListener<Matched>): void
  /** By the `type` of the message. */
  <Type extends MessageType<Received>>(match: Type, handler: MessageListener<MessageOfType<Received, Type>>): void
  /** By a RegExp that matches its whole `type`, or a predicate. */
  (match: RegExp | ((message: Received) => boolean), handler: MessageListener<Received>): void
}

/** {@link UseSocketMessage} of a connection that is given by its name or, typed, by its actions. */
export interface UseMessageOf {
  /** By an action creator: the message is such an action. */
  <Matched extends C['receive'], C extends Contract = Contract>(
    match: HasMatch<Matched>,
    handler: MessageListener<Matched>,
    actions?: NameOrActions<SocketActions<C>>,
  ): void
  /** By a type guard. */
  <Matched extends C['receive'], C extends Contract = Contract>(
    match: (message: C['receive']) => message is Matched,
    handler: MessageListener<Matched>,
    actions?: NameOrActions<SocketActions<C>>,
  ): void
  /** By the `type` of the message. */
  <Type extends MessageType<C['receive']>, C extends Contract = Contract>(
    match: Type,
    handler: MessageListener<MessageOfType<C['receive'], Type>>,
    actions?: NameOrActions<SocketActions<C>>,
  ): void
  /** By a RegExp that matches its whole `type`, or a predicate. */
  <C extends Contract = Contract>(
    match: RegExp | ((message: C['receive']) => boolean),
    handler: MessageListener<C['receive']>,
    actions?: NameOrActions<SocketActions<C>>,
  ): void
}

/** Creates `useSocketMessage`. */
export const createUseSocketMessage =
  (config: HooksConfig) =>
  (match: unknown, handler: MessageListener<unknown>, target: NameOrActions = config.name): void => {
    const name = nameOf(target)
    const { store } = useHookContext('useSocketMessage', config, name)
    const matches = useMemo(() => toMessageMatcher(match), [match])
    const latest = useLatest({ matches, handler })
    useEffect(() => {
      const isSelected = (message: unknown) => latest.current.matches?.(message) ?? true
      const command = listenOf(name)(isSelected, (message: unknown) => latest.current.handler(message))
      const stop: unknown = store.dispatch(command)
      // Without the middleware there is nothing to stop; in development the reducer has warned.
      return typeof stop === 'function' ? (stop as () => void) : undefined
    }, [store, name, latest])
  }
