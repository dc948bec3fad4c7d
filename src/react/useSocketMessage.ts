import { useEffect, useMemo } from 'react'
import type { MessageListener, MessageOfType, MessageType, HasMatch } from '../actions/listening.js'
import { createListening } from '../features/listen.js'
import { toMessageMatcher } from '../middleware/match.js'
import { useAttached } from './attach.js'
import type { HooksConfig } from './config.js'
import { useLatest } from './latest.js'

/**
 * Hears messages while the component is mounted: those that `match` names, as for `socketListen`, which are an action creator, a type guard, a type, a
 * RegExp that is tried at the start of the type, or a predicate. Both `match` and `handler` may be written in place: those of the last
 * render are used, and nothing is begun anew. What `handler` throws, or rejects with, is a `socketError`. `Name` is what may follow: the connection's.
 */
export interface UseSocketMessage<Received, Name extends readonly unknown[]> {
  /** By an action creator: the message is such an action. */
  <Matched extends Received>(match: HasMatch<Matched>, handler: MessageListener<Matched>, ...name: Name): void
  /** By a type guard. */
  <Matched extends Received>(
    match: (message: Received) => message is Matched,
    handler: MessageListener<Matched>,
    ...name: Name
  ): void
  /** By the `type` of the message. */
  <Type extends MessageType<Received>>(
    match: Type,
    handler: MessageListener<MessageOfType<Received, Type>>,
    ...name: Name
  ): void
  /** By the beginning of its `type`, or a predicate. */
  (match: RegExp | ((message: Received) => boolean), handler: MessageListener<Received>, ...name: Name): void
}

/** Creates `useSocketMessage`. */
export const createUseSocketMessage =
  ({ context, name: own }: Pick<HooksConfig, 'context' | 'name'>) =>
  (match: unknown, handler: MessageListener<unknown>, name: string = own): void => {
    const { store, actions } = useAttached('useSocketMessage', context, name)
    const matches = useMemo(() => toMessageMatcher(match), [match])
    const latest = useLatest({ matches, handler })
    useEffect(() => {
      const { listen } = createListening(actions)
      const isMeant = (message: unknown) => latest.current.matches?.(message) ?? true
      const stop: unknown = store.dispatch(listen(isMeant, (message: unknown) => latest.current.handler(message)))
      // Without the middleware there is nothing to stop; in development the reducer has said so.
      return typeof stop === 'function' ? (stop as () => void) : undefined
    }, [store, actions, latest])
  }
